import type { Item } from '../core/index.js';

/** Tags that are looked at where they stand for kinds. */
const tagsRead = 20;

/**
 * What kinds of thing an item is: the categories it is filed under; where a shop files under none, its genres, else its
 * tags. So films that came over HTTP with tags are told apart as those of a file with a column of genres are.
 */
export function kindsOf(item: Item | undefined): readonly string[] {
  const { category, categories, attributes, tags } = item ?? {};
  if (category || categories?.length)
    return [...new Set([...(category ? [category] : []), ...(categories ?? [])])];
  const genres = attributes?.genres ?? attributes?.genre;
  const named = genres === undefined ? (tags ?? []) : Array.isArray(genres) ? genres : [String(genres)];
  return [...new Set(named.slice(0, tagsRead))];
}
