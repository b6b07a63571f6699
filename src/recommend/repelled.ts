import { kindsOf } from '../catalogue/index.js';
import type { Profile, ProfileEvent } from '../core/index.js';
import type { EngineContext } from './context.js';

/** Last dislikes that are looked at, and what is like each of them. */
const lookedAt = { dislikes: 20, like: 120 };
/** Items as much alike by title, or looked at together as often, as this go down with one that was disliked. */
const alikeFrom = 0.2;

/**
 * What goes down for a shopper: items like one they rated below their usual, disliked or hid, unless an item they like
 * is as near, and categories of which they disliked more than they liked.
 */
export function repelled(
  { catalogue, state, relations }: EngineContext,
  { events }: Profile,
): ((handle: number) => boolean) | undefined {
  const repels = ({ type, weight }: ProfileEvent): boolean =>
    weight < 0 && ['rate', 'dislike', 'hide'].includes(state.meaning(type) ?? '');
  const dislikes = events.filter(repels);
  if (dislikes.length === 0) return undefined;
  const liked = events.filter(({ weight }) => weight > 0).map(({ item }) => catalogue.find(item));
  const balance = new Map<string, number>();
  const categoriesIn = (handle: number): readonly string[] => kindsOf(catalogue.item(handle));
  const count = (handle: number, change: number): void => {
    for (const category of categoriesIn(handle)) balance.set(category, (balance.get(category) ?? 0) + change);
  };
  for (const handle of liked) count(handle, 1);
  const near = new Map<number, number>();
  for (const { item } of dislikes) count(catalogue.find(item), -1);
  for (const { item } of dislikes.slice(-lookedAt.dislikes)) {
    const seed = catalogue.find(item);
    if (seed < 0) continue;
    const note = (handle: number, likeness: number): void => {
      if (likeness >= alikeFrom) near.set(handle, Math.max(likeness, near.get(handle) ?? 0));
    };
    relations.like(seed, lookedAt.like, note);
    relations.eachTogether('viewed', seed, note);
  }
  const recent = liked.slice(-lookedAt.dislikes).filter((handle) => handle >= 0);
  return (handle) => {
    const own = categoriesIn(handle);
    // Of several categories one that is liked is enough.
    if (own.length > 0 && own.every((category) => (balance.get(category) ?? 0) < 0)) return true;
    const likeness = near.get(handle);
    return likeness !== undefined && recent.every((own) => relations.similarity(own, handle) < likeness);
  };
}
