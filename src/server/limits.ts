/** How often something may be asked for. */
export interface Rate {
  /** Asked for at once, at most. */
  burst: number;
  perMinute: number;
}

/** Rates of public keys, and what one request of theirs may hold. */
export interface Limits {
  /** Of a key that says no rate itself. */
  key: Rate;
  shopper: Rate;
  address: Rate;
  /** Shoppers never seen before, by address: one person makes one or two, a script a thousand. */
  newcomers: Rate;
  /** Filters nobody has asked by lately, by address: each is worked out over the whole catalogue. */
  filters: Rate;
}

export const defaultLimits: Limits = {
  key: { burst: 6_000, perMinute: 60_000 },
  shopper: { burst: 120, perMinute: 600 },
  address: { burst: 600, perMinute: 3_000 },
  newcomers: { burst: 120, perMinute: 4 },
  filters: { burst: 60, perMinute: 20 },
};

/** What one request of a public key may hold: it costs the server a few milliseconds at most. */
export const publicLimits = {
  /** Bytes of a body. */
  body: 256 << 10,
  /** Events in a batch, items in all of them together, and shoppers that they are of. */
  events: 100,
  items: 1_000,
  shoppers: 5,
  /** Comparisons in a filter. */
  comparisons: 12,
  /** Items of a basket and items left out. */
  basket: 60,
  excluded: 200,
} as const;

interface Bucket {
  tokens: number;
  at: number;
}

/** Buckets kept: as many again are kept until the next turn. */
const bucketsKept = 50_000;

/** Token buckets by name, the longest unused forgotten: a bucket that is forgotten is full again. */
export class Buckets {
  #young = new Map<string, Bucket>();
  #old = new Map<string, Bucket>();

  has(name: string): boolean {
    return this.#young.has(name) || this.#old.has(name);
  }

  /** Takes one token: 0 when there was one, else after how many ms there will be. */
  take(name: string, { burst, perMinute }: Rate, now: number): number {
    const bucket = this.#find(name) ?? this.#keep(name, { tokens: burst, at: now });
    const perMs = perMinute / 60_000;
    bucket.tokens = Math.min(burst, bucket.tokens + Math.max(0, now - bucket.at) * perMs);
    bucket.at = now;
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / perMs);
    bucket.tokens--;
    return 0;
  }

  #find(name: string): Bucket | undefined {
    const young = this.#young.get(name);
    if (young) return young;
    const old = this.#old.get(name);
    return old && this.#keep(name, old);
  }

  #keep(name: string, bucket: Bucket): Bucket {
    if (this.#young.size >= bucketsKept) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(name, bucket);
    return bucket;
  }
}

/** The part of an address that one customer has: an IPv6 network of 64 bits is one. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const after = tail === undefined ? [] : tail.split(':');
  while (tail !== undefined && groups.length + after.length < 8) groups.push('0');
  return [...groups, ...after].slice(0, 4).join(':');
}
