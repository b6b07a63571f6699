import { constants, setPriority } from 'node:os';

/**
 * For a thread whose work may wait: what answers requests goes before it, above all where both share one core. A
 * priority is that of the thread on Linux only; elsewhere it would be that of the whole process, and is left.
 */
export function giveWay(): void {
  if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
}
