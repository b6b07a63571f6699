import { type Checkpoint, EndcapError, type Progress, type Step } from '../core/index.js';

/** When a fit should end and when it must, in ms of `performance.now()`; infinite without a budget. */
export interface Limits {
  /** What learns step by step is told that it is enough. */
  soft: number;
  /** What still reports after this ends with `out_of_time`. */
  hard: number;
}

export const unlimited: Limits = { soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY };

/** A progress with the clock of one fit. `cut` tells afterwards whether it was told to end early. */
export function timed(
  report: (step: Step) => void,
  { soft, hard }: Limits,
  checkpoint?: () => Checkpoint,
): { progress: Progress; cut: () => boolean } {
  let cut = false;
  const tell = (step: Step): void => {
    report(step);
    if (performance.now() > hard) throw new EndcapError('out_of_time', `${step.phase} did not end in time`);
  };
  const enough = (): boolean => {
    cut ||= performance.now() >= soft;
    return cut;
  };
  const progress: Progress = Object.assign(tell, { enough, ...(checkpoint ? { checkpoint } : {}) });
  return { progress, cut: () => cut };
}
