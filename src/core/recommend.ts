import type { FieldError } from './errors.js';
import type { Item } from './item.js';

/** `similar`: instead of it. `complement`: bought with it. `basket`: completes what is in the cart. */
export const scenarios = ['home', 'similar', 'complement', 'basket', 'trending', 'new'] as const;
export type Scenario = (typeof scenarios)[number];

export interface RecommendRequest {
  user: string;
  scenario: Scenario;
  /** Seed item of `similar` and `complement`. */
  item?: string;
  /** Items of the cart for `basket`; default: what the profile says is in it. */
  items?: string[];
  /** 1 … 100, default 10. */
  count?: number;
  /** Items of the list before the first one wanted: the next page of a list that stays as it is within a visit. */
  offset?: number;
  /** Filter expression over item fields, e.g. `price < 20 and category = "phones"`. */
  filter?: string;
  exclude?: string[];
  explain?: boolean;
}

/** Why an item is here: which of this shopper's own events, or which rule. */
export interface Reason {
  kind:
    | 'because'
    | 'similar'
    | 'bought_together'
    | 'trending'
    | 'popular'
    | 'model'
    | 'due'
    | 'new'
    | 'sponsored';
  /** Evidence: items of this shopper's own events (or the seed item), strongest first. */
  items: { id: string; title?: string; event?: string; time?: number; share: number }[];
  /** One English sentence; a page translates from `kind` and `items`. */
  text: string;
  /** Rules of the shop's policy that moved the item, by name. */
  rules?: string[];
}

export interface RecommendedItem {
  id: string;
  score: number;
  reason?: Reason;
  /** The offer that pays for this place; its reason is always there and says so. */
  sponsored?: string;
  item?: Item;
}

export interface RecommendResponse {
  recommendationId: string;
  scenario: Scenario;
  user: string;
  items: RecommendedItem[];
  /** Registry version of the model that ranked, or 'none' before the first training. */
  model: string;
  /** Log offset this response reflects: at least that of this shopper's last acknowledged event. */
  offset: number;
  /** What is no fault but may not be meant, such as a filter by an attribute that no item has. */
  warnings?: FieldError[];
}
