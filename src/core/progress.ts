/** Long work reports through this; `done` of `total` units, `note` is a short phrase. Callers derive the ETA. */
export type Progress = (step: {
  phase: string;
  done: number;
  total: number;
  note?: string;
  /** Where training stands: loss of the last step and quality on held-out data after the epoch before. */
  curve?: { epoch: number; loss: number; score: number | undefined };
}) => void;
export const silent: Progress = () => {};
