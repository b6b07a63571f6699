import { type Checkpoint, EndcapError, type Progress, type Step } from '../core/index.js';

/** What a budget counts, ms since some moment. */
export type Clock = () => number;

export const wallClock: Clock = () => performance.now();

/** On a machine so busy that the processor time does not come, a budget ends after this many times its length all the same. */
export const patience = 10;

/**
 * Processor time of this process, all its threads together: a budget buys as much learning on a busy machine as on a
 * free one. It goes on at 1 / `patience` of the wall's pace at least.
 */
export function processorClock(): Clock {
  const started = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return Math.max((user + system) / 1000, (performance.now() - started) / patience);
  };
}

/** When a fit should end and when it must, in ms of the training's clock; infinite without a budget. */
export interface Limits {
  /** What learns step by step is told that it is enough. */
  soft: number;
  /** What still reports after this ends with `out_of_time`. */
  hard: number;
}

export const unlimited: Limits = { soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY };

/** A progress with the limits of one fit. Tells afterwards whether the fit was told to end early, and how many epochs it had. */
export function timed(
  report: (step: Step) => void,
  clock: Clock,
  { soft, hard }: Limits,
  checkpoint?: () => Checkpoint,
): { progress: Progress; cut: () => boolean; epochs: () => number | undefined } {
  let cut = false;
  let epochs: number | undefined;
  const started = clock();
  const tell = (step: Step): void => {
    report(step);
    epochs = step.epochs ?? epochs;
    if (clock() > hard) throw new EndcapError('out_of_time', `${step.phase} did not end in time`);
  };
  const enough = (share = 1): boolean => {
    if (clock() < started + share * (soft - started)) return false;
    cut = true;
    return true;
  };
  const progress: Progress = Object.assign(tell, { enough, ...(checkpoint ? { checkpoint } : {}) });
  return { progress, cut: () => cut, epochs: () => epochs };
}
