import { availableParallelism, constants, setPriority } from 'node:os';

/**
 * For a thread whose work may wait: what answers requests goes before it, above all where both share one core. A
 * priority is that of the thread on Linux only; elsewhere it would be that of the whole process, and is left.
 */
export function giveWay(): void {
  const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;
  if (process.platform === 'linux')
    setPriority(availableParallelism() === 1 ? PRIORITY_LOW : PRIORITY_BELOW_NORMAL);
}
