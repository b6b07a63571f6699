import type { Profile } from '../core/index.js';
import type { SearchContext } from './context.js';
import type { Retrieved } from './retrieve.js';
import { type ItemScores, Taste } from './taste.js';

const nothing: ItemScores = new Map();

/** One search of a shopper, under way. */
export interface Asking {
  profile: Profile;
  now: number;
  /** Items that their earlier searches ask for. */
  searched: ItemScores;
  found: Retrieved;
}

/** The shopper's taste as it was at `now`, without what a model says. */
export function tasteAt(
  { products, signals }: SearchContext,
  { profile, now, searched }: Omit<Asking, 'found'>,
): Taste {
  const related = signals.related?.(profile, now) ?? nothing;
  return new Taste(products, { profile, now, related, searched, model: nothing });
}

/** The taste with what the deployed model says; candidates that only taste points at join those that were found. */
export async function currentTaste(context: SearchContext, asking: Asking): Promise<Taste> {
  const { profile, now, found } = asking;
  const known = tasteAt(context, asking);
  // Before anything is waited for: what was matched is gone when another search is answered.
  addPointedAt(found, known);
  const { model } = context.signals;
  if (profile.events.length === 0 || !model) return known;
  return known.with(await model(profile, found.candidates, now));
}

/** Matches that stand too low by their words to be candidates, but that the shopper's own signals point at. */
function addPointedAt(found: Retrieved, taste: Taste): void {
  if (found.total <= found.candidates.length || found.step === 'browse') return;
  const known = new Set(found.candidates);
  const more: number[] = [];
  const scores: number[] = [];
  for (const item of taste.pointedAt()) {
    if (known.has(item)) continue;
    known.add(item);
    const score = found.scoreOf(item);
    if (score > 0) more.push(item) && scores.push(score);
  }
  found.candidates = [...found.candidates, ...more];
  found.scores = Float32Array.from([...found.scores, ...scores]);
  found.whole += more.length;
}
