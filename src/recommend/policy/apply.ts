import type { Item } from '../../core/index.js';
import type { Policy } from './config.js';

/** What a policy looks at besides the list. */
export interface PolicyView {
  item(handle: number): Item;
  handleOf(id: string): number;
  /** Likeness of two items, 0 … 1. */
  similarity(a: number, b: number): number;
  /** Events an item ever had. */
  events(handle: number): number;
  /** How often the shopper was shown it lately, since they last did something with it. */
  shown(handle: number, withinMs: number): number;
  allowed(handle: number): boolean;
}

export interface Ranked {
  handle: number;
  score: number;
}

export interface Governed {
  handles: number[];
  /** Rules that moved an item, by handle. */
  rules: Map<number, string[]>;
  /** Candidates that a rule left out, by its name. */
  left: Map<string, number>;
}

/** What rules without a name of their own are called in reasons and counts. */
export const ruleNames = {
  pin: 'pinned',
  lowStock: 'low stock',
  diversity: 'variety',
  newItems: 'new here',
  frequency: 'shown often',
  perBrand: 'one brand',
} as const;

const hourMs = 3_600_000;

/**
 * Orders a ranked list by a policy and cuts it to `count`: scores are weighed, what is shown too often leaves, what is
 * buried comes last, then the list is filled one by one with an eye on likeness and brands; new items and pins at the
 * end, since they are promised places. `fresh`: candidates for the floor of new items, best first.
 */
export function applyPolicy(
  policy: Policy,
  ranked: readonly Ranked[],
  { count, scenario, fresh = [] }: { count: number; scenario: string; fresh?: readonly number[] },
  view: PolicyView,
): Governed {
  const rules = new Map<number, string[]>();
  const note = (handle: number, rule: string): void =>
    void rules.set(handle, [...(rules.get(handle) ?? []), rule]);
  const left = new Map<string, number>();
  const leave = (rule: string, items: number): void => {
    if (items > 0) left.set(rule, (left.get(rule) ?? 0) + items);
  };
  const rested = often(policy, ranked, view);
  leave(ruleNames.frequency, ranked.length - rested.length);
  const weighed = weigh(policy, rested, view, note);
  const { picked: handles, capped } = pick(policy, weighed, count, view, note);
  leave(ruleNames.perBrand, capped);
  floor(policy, handles, weighed, fresh, count, view, note);
  pin(policy, handles, count, scenario, view, note);
  return { handles, rules, left };
}

type Note = (handle: number, rule: string) => void;

/** Without what was shown too often, unless nothing else is left. */
function often({ frequency }: Policy, ranked: readonly Ranked[], view: PolicyView): readonly Ranked[] {
  if (!frequency) return ranked;
  const left = ranked.filter(({ handle }) => view.shown(handle, frequency.hours * hourMs) < frequency.shown);
  return left.length > 0 ? left : ranked;
}

/** Weighed scores, best first; what is buried keeps its order behind all others, at scores below 0. */
function weigh(policy: Policy, ranked: readonly Ranked[], view: PolicyView, note: Note): Ranked[] {
  const { boost, bury, margin, lowStock } = policy;
  const lowest = Math.min(...ranked.map(({ score }) => score), 0);
  const weighed = ranked.map(({ handle, score }, rank) => {
    const item = view.item(handle);
    // What filled the list up has no score: its place is one.
    let value = score - lowest + 1e-6 * (ranked.length - rank);
    for (const { name, filter, factor } of boost) {
      if (!filter(item)) continue;
      value *= factor;
      note(handle, name);
    }
    const earns = margin && item.attributes?.[margin.attribute];
    if (typeof earns === 'number' && Number.isFinite(earns))
      value *= 1 + margin!.weight * Math.min(1, Math.max(0, earns));
    const buried = bury.find(({ filter }) => filter(item))?.name;
    const low = lowStock !== undefined && item.stock !== undefined && item.stock < lowStock;
    if (buried !== undefined || low) {
      note(handle, buried ?? ruleNames.lowStock);
      value = -1 - rank;
    }
    return { handle, score: value };
  });
  return weighed.sort((a, b) => b.score - a.score);
}

/** Maximal marginal relevance (Carbonell & Goldstein 1998) under the cap of a brand; and how many that cap left out. */
function pick(
  policy: Policy,
  weighed: readonly Ranked[],
  count: number,
  view: PolicyView,
  note: Note,
): { picked: number[]; capped: number } {
  const { diversity = 0, perBrand = Number.POSITIVE_INFINITY } = policy;
  const left = [...weighed];
  const best = Math.max(weighed[0]?.score ?? 1, 1e-12);
  const likeness = new Map<number, number>();
  const brands = new Map<string, number>();
  const picked: number[] = [];
  let capped = 0;
  while (picked.length < count && left.length > 0) {
    let at = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (let each = 0; each < (diversity > 0 ? left.length : 1); each++) {
      const { handle, score } = left[each]!;
      const value = (1 - diversity) * (score / best) - diversity * (likeness.get(handle) ?? 0);
      if (value > most) {
        most = value;
        at = each;
      }
    }
    const [chosen] = left.splice(at, 1);
    const { brand } = view.item(chosen!.handle);
    const before = brand === undefined ? 0 : (brands.get(brand) ?? 0);
    if (before >= perBrand) {
      capped++;
      continue;
    }
    if (brand !== undefined) brands.set(brand, before + 1);
    if (at > 0) note(chosen!.handle, ruleNames.diversity);
    picked.push(chosen!.handle);
    if (diversity > 0)
      for (const { handle } of left) {
        const like = view.similarity(chosen!.handle, handle);
        likeness.set(handle, Math.max(likeness.get(handle) ?? 0, like));
      }
  }
  return { picked, capped };
}

/** New items take the last places that are not new, until their share is kept. */
function floor(
  { newItems }: Policy,
  handles: number[],
  weighed: readonly Ranked[],
  fresh: readonly number[],
  count: number,
  view: PolicyView,
  note: Note,
): void {
  if (!newItems) return;
  const isNew = (handle: number): boolean => view.events(handle) < newItems.events;
  let missing = Math.floor(newItems.share * count) - handles.filter(isNew).length;
  const candidates = [...weighed.filter(({ score }) => score >= 0).map(({ handle }) => handle), ...fresh];
  for (const handle of new Set(candidates)) {
    if (missing <= 0) return;
    if (!isNew(handle) || handles.includes(handle) || !view.allowed(handle)) continue;
    const at = handles.findLastIndex((other) => !isNew(other));
    if (handles.length < count) handles.push(handle);
    else if (at >= 0) handles.splice(at, 1, handle);
    note(handle, ruleNames.newItems);
    missing--;
  }
}

function pin(
  policy: Policy,
  handles: number[],
  count: number,
  scenario: string,
  view: PolicyView,
  note: Note,
): void {
  const pins = (policy.pin ?? []).filter((each) => each.scenario === undefined || each.scenario === scenario);
  for (const { item, slot } of pins.sort((a, b) => a.slot - b.slot)) {
    const handle = view.handleOf(item);
    if (handle < 0 || slot > count || !view.allowed(handle)) continue;
    const at = handles.indexOf(handle);
    if (at >= 0) handles.splice(at, 1);
    handles.splice(slot - 1, 0, handle);
    note(handle, ruleNames.pin);
  }
  handles.length = Math.min(handles.length, count);
}
