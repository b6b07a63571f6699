/** Room that there is when all lists have moved, times what they have. */
const growth = 1.3;
/** Smallest room of a list, entries; rooms are this times powers of two. */
const smallest = 2;

/**
 * Many short lists of whole numbers, each sorted and without doubles, in one typed array; an entry may carry a value.
 * A list that outgrows its room moves to one twice as large, and the old room is given to the next list that fits. Where
 * all lists grow alike none does: so where there is no more room, all move together, and no old room is left. Memory
 * follows what is kept, not how often it changed.
 */
export class SortedLists {
  keys: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  values: Uint32Array<ArrayBuffer>;
  #start = new Uint32Array(256);
  #length = new Uint32Array(256);
  /** Room of a list as a power of two, plus one; 0 for none. */
  #size = new Uint8Array(256);
  /** Starts of free rooms, by power of two. */
  readonly #free: number[][] = Array.from({ length: 32 }, () => []);
  /** Up to where rooms were given, and how much of that lists have. */
  #used = 0;
  #held = 0;

  constructor(private readonly withValues: boolean) {
    this.values = new Uint32Array(withValues ? this.keys.length : 0);
  }

  start(list: number): number {
    return this.#start[list] ?? 0;
  }

  length(list: number): number {
    return this.#length[list] ?? 0;
  }

  /** Entries there is room for: what the memory is made of. */
  get capacity(): number {
    return this.keys.length;
  }

  /** Place of the first key of `list` that is not below `key`, counted from its start. */
  lowerBound(list: number, key: number): number {
    const start = this.start(list);
    let low = 0;
    let high = this.length(list);
    // Lists grow at their end: most of what is looked for is there.
    if (high === 0 || this.keys[start + high - 1]! < key) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.keys[start + middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  has(list: number, key: number): boolean {
    const at = this.lowerBound(list, key);
    return at < this.length(list) && this.keys[this.start(list) + at] === key;
  }

  /** Adds `key`, or gives it another value. */
  put(list: number, key: number, value = 0): void {
    this.#ensureList(list);
    const at = this.lowerBound(list, key);
    const length = this.#length[list]!;
    if (at === length || this.keys[this.#start[list]! + at] !== key) {
      this.#ensureRoom(list, length + 1);
      const place = this.#start[list]! + at;
      const end = this.#start[list]! + length;
      this.keys.copyWithin(place + 1, place, end);
      if (this.withValues) this.values.copyWithin(place + 1, place, end);
      this.keys[place] = key;
      this.#length[list] = length + 1;
    }
    if (this.withValues) this.values[this.#start[list]! + at] = value;
  }

  /** Whether there was such a key. */
  remove(list: number, key: number): boolean {
    const length = this.length(list);
    const at = this.lowerBound(list, key);
    const place = this.start(list) + at;
    if (at === length || this.keys[place] !== key) return false;
    const end = this.#start[list]! + length;
    this.keys.copyWithin(place, place + 1, end);
    if (this.withValues) this.values.copyWithin(place, place + 1, end);
    this.#length[list] = length - 1;
    if (length === 1) this.clear(list);
    return true;
  }

  /** Makes a list empty and its room free. */
  clear(list: number): void {
    const size = this.#size[list] ?? 0;
    if (size > 0) this.#giveBack(this.#start[list]!, size);
    if (list < this.#length.length) this.#size[list] = this.#length[list] = this.#start[list] = 0;
  }

  #ensureList(list: number): void {
    if (list < this.#length.length) return;
    const length = 2 * (list + 1);
    this.#start = grown(this.#start, length);
    this.#length = grown(this.#length, length);
    const sizes = new Uint8Array(length);
    sizes.set(this.#size);
    this.#size = sizes;
  }

  #ensureRoom(list: number, entries: number): void {
    const size = this.#size[list]!;
    if (size > 0 && entries <= roomOf(size)) return;
    let next = Math.max(1, size);
    while (roomOf(next) < entries) next++;
    const start = this.#take(next);
    const from = this.#start[list]!;
    const length = this.#length[list]!;
    this.keys.copyWithin(start, from, from + length);
    if (this.withValues) this.values.copyWithin(start, from, from + length);
    if (size > 0) this.#giveBack(from, size);
    this.#start[list] = start;
    this.#size[list] = next;
  }

  #giveBack(start: number, size: number): void {
    this.#free[size]!.push(start);
    this.#held -= roomOf(size);
  }

  /** A room for a list; the others may move. */
  #take(size: number): number {
    const room = roomOf(size);
    this.#held += room;
    const free = this.#free[size]!.pop();
    if (free !== undefined) return free;
    if (this.#used + room > this.keys.length) this.#moveAll(Math.ceil(growth * this.#held));
    const start = this.#used;
    this.#used += room;
    return start;
  }

  /** To columns of so many entries, one list after the other. */
  #moveAll(length: number): void {
    const keys = new Uint32Array(length);
    const values = new Uint32Array(this.withValues ? length : 0);
    let end = 0;
    for (let list = 0; list < this.#size.length; list++) {
      const size = this.#size[list]!;
      if (size === 0) continue;
      const start = this.#start[list]!;
      this.#start[list] = end;
      copy(this.keys, start, keys, end, this.#length[list]!);
      if (this.withValues) copy(this.values, start, values, end, this.#length[list]!);
      end += roomOf(size);
    }
    this.keys = keys;
    this.values = values;
    this.#used = end;
    for (const rooms of this.#free) rooms.length = 0;
  }
}

/** A view of so few entries would cost more than to copy them. */
const few = 32;

function copy(from: Uint32Array, start: number, to: Uint32Array, at: number, length: number): void {
  if (length > few) to.set(from.subarray(start, start + length), at);
  else for (let each = 0; each < length; each++) to[at + each] = from[start + each]!;
}

function roomOf(size: number): number {
  return smallest ** size;
}

function grown(array: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length);
  larger.set(array);
  return larger;
}
