/** Milliseconds since 1970. Injected wherever the time of day matters, so that tests and replays choose it. */
export type Clock = () => number;
export const systemClock: Clock = () => Date.now();
