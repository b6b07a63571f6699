import type { Profile } from '../core/index.js';
import type { Model } from '../models/index.js';
import type { Manifest } from './manifest.js';

/**
 * What is wrong with a loaded model, undefined when nothing is: it must hold as many items as its manifest says, give
 * every item a score that is a number, to a stranger and to a shopper, and name only items it has.
 */
export async function modelFault(model: Model, manifest: Manifest): Promise<string | undefined> {
  const { size } = model.items;
  const { items } = manifest.data;
  if (size !== items) return `it holds ${size} items where its manifest says ${items}`;
  const { factors } = model;
  if (factors && factors.vectors.length !== size * factors.dimension)
    return `its ${factors.vectors.length} factors are not ${size} items × ${factors.dimension}`;
  try {
    return await probe(model, Date.parse(manifest.data.until));
  } catch (error) {
    return `it cannot be asked (${error instanceof Error ? error.message : error})`;
  }
}

async function probe(model: Model, now: number): Promise<string | undefined> {
  const { ids, size } = model.items;
  const touched = [...new Set([0, size >> 1, size - 1])];
  const events = touched.map((row) => ({ item: ids[row]!, type: 'view', time: now, weight: 1 }));
  const profile: Profile = { user: 'probe', events, total: events.length, counters: {} };
  const stranger: Profile = { user: 'probe', events: [], total: 0, counters: {} };
  // What a model leaves unwritten stays no number and is found.
  const scores = new Float32Array(2 * size).fill(Number.NaN);
  await model.scoreAll(
    [
      { profile, now },
      { profile: stranger, now },
    ],
    scores,
  );
  const wrong = scores.findIndex((score) => !Number.isFinite(score));
  if (wrong >= 0) return `its score of item ${ids[wrong % size]} is no number`;
  for (const row of touched) {
    const { rows } = model.neighbours?.(row, 10) ?? { rows: [] };
    if (rows.some((other) => other >= size)) return `its neighbours of item ${ids[row]} are no items of its`;
  }
  return undefined;
}
