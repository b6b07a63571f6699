/** Entries looked at when one of least worth is looked for. */
const looked = 100;

/**
 * Says what has to go from a map that is full. One iterator serves all calls: from its beginning a map is read through
 * all the holes that were left by what went before, which for a large map takes longer than all the rest.
 */
export class Eviction<K, V> {
  /** Held weakly: it keeps alive every table that the map has had since it was asked last. */
  #entries: WeakRef<Iterator<[K, V]>> | undefined;

  constructor(private readonly map: Map<K, V>) {}

  /** The oldest entry, which the caller is to delete or to set anew; undefined where the map is empty. */
  oldest(): [K, V] | undefined {
    for (let round = 0; round < 2; round++) {
      const { value, done } = (this.#entries?.deref() ?? this.#begin()).next();
      if (!done) return value;
      this.#entries = undefined;
    }
    return undefined;
  }

  /**
   * Of the hundred oldest entries the one of least worth. They stand last afterwards, so that each entry is looked at in
   * turn, and what is worth something outlasts a flood of what is not.
   */
  least(worth: (value: V) => number): K | undefined {
    let least: K | undefined;
    let lowest = Number.POSITIVE_INFINITY;
    for (let left = Math.min(looked, this.map.size); left > 0; left--) {
      const [key, value] = this.oldest()!;
      this.map.delete(key);
      this.map.set(key, value);
      const worths = worth(value);
      if (least === undefined || worths < lowest) [least, lowest] = [key, worths];
    }
    return least;
  }

  #begin(): Iterator<[K, V]> {
    const entries = this.map.entries();
    this.#entries = new WeakRef(entries);
    return entries;
  }
}

/** A map, a set, or what is like one. */
interface InOrderSet<K> {
  readonly size: number;
  keys(): Iterable<K>;
  delete(key: K): unknown;
}

/**
 * Deletes what was set first from a map or set of more than `most` entries: a sixty-fourth of them at once, for whoever
 * deletes one at a time reads each time through the holes that those before it left (50 µs in a map of 100,000).
 */
export function keepLatest<K>(entries: InOrderSet<K>, most: number): void {
  if (entries.size <= most) return;
  let left = entries.size - most + Math.floor(most / 64);
  for (const key of entries.keys()) {
    if (left-- <= 0) break;
    entries.delete(key);
  }
}
