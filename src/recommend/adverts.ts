import type { Reason, RecommendRequest } from '../core/index.js';

/** An item that somebody pays to have at a place of a list; place 1 is the first. */
export interface Advert {
  item: string;
  place: number;
  offer: string;
}

/** What a list is filled with adverts by. */
export interface AdvertSpace {
  request: RecommendRequest;
  recommendationId: string;
  now: number;
  count: number;
  /** Whether an item may be shown to this shopper now. */
  mayShow(item: string): boolean;
}

/** Which adverts a list has, each place once. */
export type AdvertSource = (space: AdvertSpace) => readonly Advert[];

/** Always said of an advert, whether reasons were asked for or not. */
export const sponsoredReason: Reason = { kind: 'sponsored', items: [], text: 'Sponsored' };

/** The list with its adverts at their places, first places first; an item is in it once. */
export function placeAdverts(
  handles: readonly number[],
  adverts: readonly Advert[],
  handleOf: (id: string) => number,
): { handles: number[]; sponsored: Map<number, string> } {
  const sponsored = new Map(adverts.map(({ item, offer }) => [handleOf(item), offer]));
  const list = handles.filter((handle) => !sponsored.has(handle));
  for (const { item, place } of adverts.toSorted((a, b) => a.place - b.place))
    list.splice(place - 1, 0, handleOf(item));
  return { handles: list, sponsored };
}
