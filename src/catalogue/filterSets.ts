import { type FieldError, inSlices } from '../core/index.js';
import type { Catalogue } from './catalogue.js';
import { attributesIn, compileFilter, type ItemFilter } from './filter.js';

/** How long a filter is worked out at a time, ms, and how many items between two looks at the clock. */
const patience = 2;
const itemsAtOnce = 64;
/** Below so many items a filter is not worked out ahead: asking it of each item as it comes is quick enough. */
const worthWorkingOut = 2_000;
/** Bytes of all answers kept, and filters at least and at most. */
export const bytesKept = 32 << 20;
const [fewest, most] = [4, 200];

/** What a filter says of an item. */
const [unasked, yes, no] = [0, 1, 2];

interface FilterSet {
  filter: ItemFilter;
  /** By handle. */
  answers: Uint8Array;
  ready: Promise<void> | undefined;
}

/**
 * What the last filters say of each item, so that a filter that lets nearly nothing through does not hold other requests
 * up while all items are asked: it is worked out in slices before the request, and again only for items that change.
 */
export class FilterSets {
  /** Longest unused first. */
  readonly #sets = new Map<string, FilterSet>();

  constructor(private readonly catalogue: Catalogue) {
    catalogue.onChange((handle) => {
      for (const set of this.#sets.values()) set.answers[handle] = unasked;
    });
  }

  /** Whether somebody has asked by this filter lately. */
  has(text: string): boolean {
    return this.#sets.has(text);
  }

  /** Resolves when `of` is quick. Throws `invalid_filter`. */
  async prepare(text: string): Promise<void> {
    const set = this.#find(text);
    if (this.catalogue.size >= worthWorkingOut) set.ready ??= this.#workOut(set);
    await set.ready;
  }

  /** The filter by handle, for items that there are. */
  of(text: string): (handle: number) => boolean {
    const set = this.#find(text);
    return (handle) => {
      const known = set.answers[handle];
      return known ? known === yes : this.#ask(set, handle);
    };
  }

  /**
   * What to say of a filter that names attributes which no item has: its list is empty, or as if it were not there. It is
   * no fault, for the items that have them may come tomorrow.
   */
  warnings(text: string): FieldError[] {
    return missingAttributes(this.catalogue, attributesIn(text), 'filter');
  }

  async #workOut(set: FilterSet): Promise<void> {
    const { handles } = this.catalogue;
    let handle = 0;
    await inSlices(() => {
      for (const end = Math.min(handles, handle + itemsAtOnce); handle < end; handle++)
        if (!set.answers[handle]) this.#ask(set, handle);
      return handle < handles;
    }, patience);
  }

  /** Asks the filter of an item, and keeps what it says. */
  #ask(set: FilterSet, handle: number): boolean {
    const item = this.catalogue.item(handle);
    if (!item) return false;
    const passes = set.filter(item);
    if (handle >= set.answers.length) set.answers = grown(set.answers, this.catalogue.handles);
    set.answers[handle] = passes ? yes : no;
    return passes;
  }

  #find(text: string): FilterSet {
    const known = this.#sets.get(text);
    const set = known ?? {
      filter: compileFilter(text),
      answers: new Uint8Array(this.catalogue.handles),
      ready: undefined,
    };
    if (known) this.#sets.delete(text);
    this.#sets.set(text, set);
    const kept = Math.min(most, Math.max(fewest, Math.floor(bytesKept / (1 + this.catalogue.handles))));
    while (this.#sets.size > kept) this.#sets.delete(this.#sets.keys().next().value!);
    return set;
  }
}

/** What to say at `field` of the attributes among `names` that no item has. */
export function missingAttributes(
  catalogue: Pick<Catalogue, 'hasAttribute'>,
  names: Iterable<string>,
  field: string,
): FieldError[] {
  const missing = [...names].filter((name) => !catalogue.hasAttribute(name));
  return missing.map((name) => ({
    field,
    message: `No item has an attribute "${name}"`,
    remedy: 'Write its name as the items have it; until one has it, it is null',
  }));
}

function grown(answers: Uint8Array, size: number): Uint8Array {
  const larger = new Uint8Array(Math.ceil(size * 1.25));
  larger.set(answers);
  return larger;
}
