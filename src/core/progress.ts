/** Long work reports through this; `done` of `total` units, `note` is a short phrase. Callers derive the ETA. */
export type Progress = (step: { phase: string; done: number; total: number; note?: string }) => void;
export const silent: Progress = () => {};
