/** One partner of an item: what speaks for it, as of `time`. */
interface Partner {
  row: number;
  weight: number;
  time: number;
}

/**
 * What came after an item within a session, counted with a half-life: item–item statistics that append an event at a
 * time. Each item keeps a bounded number of partners; the weakest gives way.
 */
export class ItemCounts {
  readonly #partners = new Map<number, Map<number, Partner>>();

  constructor(
    /** ms; Infinity counts for ever. */
    readonly halfLifeMs: number,
    /** Partners kept per item. */
    readonly kept = 200,
  ) {}

  get size(): number {
    return this.#partners.size;
  }

  add(from: number, to: number, amount: number, time: number): void {
    let partners = this.#partners.get(from);
    if (!partners) {
      partners = new Map();
      this.#partners.set(from, partners);
    }
    const known = partners.get(to);
    if (known) {
      // A late event is worth what it would still be worth had it come in time.
      if (time >= known.time) {
        known.weight = known.weight * this.#decay(time - known.time) + amount;
        known.time = time;
      } else known.weight += amount * this.#decay(known.time - time);
      return;
    }
    if (partners.size >= this.kept) this.#dropWeakest(partners, time);
    partners.set(to, { row: to, weight: amount, time });
  }

  /** Calls `found` with each partner of `from` and what speaks for it at `now`. */
  partners(from: number, now: number, found: (row: number, weight: number) => void): void {
    const partners = this.#partners.get(from);
    if (!partners) return;
    for (const { row, weight, time } of partners.values()) found(row, weight * this.#decay(now - time));
  }

  /** Forgets an item that gave up its row, on both sides. */
  forget(row: number): void {
    this.#partners.delete(row);
    for (const partners of this.#partners.values()) partners.delete(row);
  }

  #decay(ageMs: number): number {
    return this.halfLifeMs === Number.POSITIVE_INFINITY ? 1 : 2 ** (-Math.max(0, ageMs) / this.halfLifeMs);
  }

  /** A tenth at a time: looking for one alone would cost each new pair a look at all. */
  #dropWeakest(partners: Map<number, Partner>, now: number): void {
    const worth = [...partners.values()].map(({ row, weight, time }) => ({
      row,
      weight: weight * this.#decay(now - time),
    }));
    worth.sort((a, b) => a.weight - b.weight);
    for (const { row } of worth.slice(0, Math.ceil(this.kept / 10))) partners.delete(row);
  }
}
