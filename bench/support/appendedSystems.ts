import { defaultEventTable, silent, Vocabulary } from '../../src/core/index.js';
import { Appender, type Dataset, type Model, type Recommender } from '../../src/models/index.js';
import type { System } from './prequential.js';
import type { Stream } from './streams.js';

type Fit = { recommender: Recommender; options?: Record<string, number | string | boolean> };

/** Events before `to` as a training would have them: a session is a shopper. */
export function datasetOf({ session, item, time }: Stream, to: number): Dataset {
  const bySession = new Map<number, number[]>();
  for (let at = 0; at < to; at++) {
    const rows = bySession.get(session[at]!) ?? [];
    bySession.set(session[at]!, rows);
    rows.push(at);
  }
  const order = [...bySession.values()].flat();
  const start = [0];
  for (const rows of bySession.values()) start.push(start.at(-1)! + rows.length);
  const size = order.reduce((most, at) => Math.max(most, item[at]! + 1), 0);
  return {
    users: new Vocabulary(Array.from(bySession.keys(), String)),
    items: new Vocabulary(Array.from({ length: size }, (_, row) => String(row))),
    start: Uint32Array.from(start),
    item: Uint32Array.from(order, (at) => item[at]!),
    time: Float64Array.from(order, (at) => time[at]!),
    weight: new Float32Array(to).fill(1),
    rating: new Float32Array(to).fill(Number.NaN),
    until: time[to - 1]!,
  };
}

export async function trained({ recommender, options }: Fit, events: Stream, to: number): Promise<Model> {
  return recommender.fit(datasetOf(events, to), { ...recommender.defaults, ...options, seed: 1 }, silent);
}

/** A model as it serves: `learns` by the fold that serves, with the influence of a session bounded. */
export function serving(name: string, model: Model, learns: boolean): System {
  const appender = new Appender(model.appends!, defaultEventTable, 0, () => true);
  let scores = new Float32Array(0);
  return {
    name,
    async score(rows, now, out, session) {
      const { items } = model;
      if (scores.length !== items.size) scores = new Float32Array(items.size);
      const events = rows.toReversed().map((row) => ({ item: `${row}`, type: 'view', time: now, weight: 1 }));
      const profile = { user: `${session}`, events, total: events.length, counters: {} };
      await model.scoreAll([{ profile, now }], scores);
      out.fill(Number.NEGATIVE_INFINITY);
      for (let row = 0; row < scores.length; row++) {
        const at = Number(items.ids[row]);
        if (at < out.length) out[at] = scores[row]!;
      }
    },
    learn(_rows, target, now, session) {
      if (!learns) return;
      const { offset } = appender;
      const items = [{ id: `${target}` }];
      appender.apply(offset, { id: `${offset}`, type: 'view', user: `${session}`, items, time: now });
    },
  };
}

/** The model, fitted anew on everything so far each time the stream's period is over. */
export function refitted(
  name: string,
  fit: Fit,
  events: Stream,
  { model, from }: { model: Model; from: number },
): System & { processorMs: () => number } {
  let system = serving(name, model, false);
  let [at, due, spent] = [from, events.time[from]! + events.retrainMs, 0];
  return {
    name,
    processorMs: () => spent,
    score: (rows, now, out, session) => system.score(rows, now, out, session),
    async learn() {
      if (events.time[at]! >= due) {
        const before = process.cpuUsage();
        system = serving(name, await trained(fit, events, at), false);
        const { user, system: kernel } = process.cpuUsage(before);
        spent += (user + kernel) / 1_000;
        due += events.retrainMs;
      }
      at++;
    },
  };
}
