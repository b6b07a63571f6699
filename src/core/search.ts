import type { FieldError } from './errors.js';
import type { Item } from './item.js';

export const searchSorts = ['relevance', 'price', 'price_desc'] as const;
export type SearchSort = (typeof searchSorts)[number];

export interface PriceRange {
  min?: number;
  max?: number;
}

export interface SearchRequest {
  user: string;
  query: string;
  /** 1 … 100, default 20. */
  count?: number;
  /** `cursor` of the answer before: the page after it. */
  cursor?: string;
  /** Place of the first item, from 0, default 0: a page by its number. A cursor goes before it. */
  offset?: number;
  /** Values by facet; an item needs one of each facet's. */
  filters?: Readonly<Record<string, readonly string[]>>;
  price?: PriceRange;
  /** Filter expression over item fields, as in `recommend`. */
  filter?: string;
  /** Facets to count; default category and brand. Attributes by their name. */
  facets?: readonly string[];
  sort?: SearchSort;
  /** How much the shopper's own taste counts, 0 (not) to 1; by default what the shop says, or 1. */
  personal?: number;
  /** Whether what the words say of price is a filter instead of a preference. */
  strict?: boolean;
  explain?: boolean;
}

/** How the answer was found: as asked, or by the step that found something where the ones before found nothing. */
export type SearchStep = 'exact' | 'typo' | 'dropped' | 'semantic' | 'popular' | 'browse';

/** Why an item stands higher for this shopper than for others. */
export interface Lift {
  /** Place it would have without the shopper, from 1. */
  from: number;
  reasons: { kind: LiftKind; value?: string; share: number }[];
}
export type LiftKind = 'category' | 'brand' | 'tags' | 'price' | 'searches' | 'seen' | 'related' | 'model';

export interface FoundItem {
  id: string;
  score: number;
  item: Item;
  /** Where the words of the query stand in the fields. */
  highlights: { title?: Spans; description?: Spans };
  lift?: Lift;
}

/** Where a reader's eye should go: [start, end) in UTF-16 units, in order and apart from each other. */
export type Spans = [start: number, end: number][];

export interface Facet {
  name: string;
  values: { value: string; count: number }[];
}

/** What was read out of the words. */
export interface Understood {
  /** Words that were looked for. */
  words: string[];
  /** Misspelt words, each with what was looked for in its place. */
  corrected: Record<string, string[]>;
  /** Words that were left out, for nothing had all of them. */
  dropped: string[];
  synonyms: Record<string, string[]>;
  sizes: string[];
  price?: PriceRange;
  /** Learned from what others chose after this query, with its share of that. */
  category?: { value: string; share: number };
  brand?: { value: string; share: number };
  /** By attribute, as `category`. */
  attributes?: Record<string, { value: string; share: number }>;
}

export interface SearchResponse {
  /** Events of this search carry it as `attribution`. */
  searchId: string;
  query: string;
  user: string;
  /** Items that match, not only those on this page. */
  total: number;
  step: SearchStep;
  items: FoundItem[];
  facets: Facet[];
  /** Of the items that match. */
  price?: { min: number; max: number };
  understood: Understood;
  /** How much the shopper counted: the dial times what the query leaves open. */
  personal: { dial: number; gate: number };
  cursor?: string;
  /** What is no fault but may not be meant, such as a filter by an attribute that no item has. */
  warnings?: FieldError[];
}

export interface SuggestRequest {
  user: string;
  /** What is typed so far. */
  prefix: string;
  /** 1 … 20, default 8. */
  count?: number;
}

export interface Suggestion {
  text: string;
  kind: 'query' | 'category' | 'brand' | 'product';
  /** Id of a product. */
  id?: string;
  /** Whether the shopper's own past put it here. */
  personal?: boolean;
}

export interface SuggestResponse {
  prefix: string;
  suggestions: Suggestion[];
  /** What the suggestions are for, where nothing begins with what is typed. */
  corrected?: string;
}
