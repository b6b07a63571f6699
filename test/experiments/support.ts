import type { Event } from '../../src/core/index.js';
import type { ExperimentsConfig, Metric } from '../../src/experiments/index.js';

/** One experiment `trial` of November 2026: control and new. */
export function configOf(
  over: {
    traffic?: number;
    shares?: [number, number];
    metric?: Metric;
    guards?: Metric[];
    overrides?: Record<string, string>;
  },
  holdout = 0,
): ExperimentsConfig {
  const [control, fresh] = over.shares ?? [0.5, 0.5];
  return {
    holdout,
    experiments: [
      {
        name: 'trial',
        from: '2026-11-01',
        to: '2026-12-01',
        traffic: over.traffic ?? 1,
        variants: [
          { name: 'control', share: control },
          { name: 'new', share: fresh, weights: { model: 2 } },
        ],
        metric: over.metric ?? 'conversion',
        windowHours: 24,
        ...(over.guards ? { guards: over.guards } : {}),
        ...(over.overrides ? { overrides: over.overrides } : {}),
      },
    ],
  };
}

let made = 0;
export function event(type: string, user: string, time: number, over: Partial<Event> = {}): Event {
  return { id: `e${made++}`, type, user, items: [{ id: 'lamp' }], time, ...over };
}

export function exposure(user: string, variant: string, time: number, id = `rec-${user}`): Event {
  return event('impression', user, time, {
    attribution: id,
    context: { experiments: `trial:${variant}`, propensity: 0.5 },
  });
}
