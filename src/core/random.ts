/** Seeded random numbers: xoshiro128** (Blackman & Vigna 2018), seeded by splitmix32. Same seed, same stream. */
export interface Random {
  /** Uniform in [0, 1), 32 random bits. */
  float(): number;
  /** Uniform integer in [0, n). */
  int(n: number): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
  /** Uniform 32-bit unsigned integer. */
  uint32(): number;
  shuffle<T extends { length: number; [i: number]: unknown }>(array: T): T;
  /** Four words of state, for checkpoints. */
  state(): [number, number, number, number];
  restore(state: readonly [number, number, number, number]): void;
}

export function random(seed: number): Random {
  let s = seed >>> 0;
  const split = (): number => {
    s = (s + 0x9e3779b9) >>> 0;
    let z = s;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let a = split();
  let b = split();
  let c = split();
  let d = split();
  const uint32 = (): number => {
    const x = Math.imul(b, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const float = (): number => uint32() / 4294967296;
  const int = (n: number): number => Math.floor(float() * n);
  return {
    uint32,
    float,
    int,
    normal() {
      const r = Math.sqrt(-2 * Math.log(1 - float()));
      return r * Math.cos(2 * Math.PI * float());
    },
    shuffle(array) {
      for (let i = array.length - 1; i > 0; i--) {
        const j = int(i + 1);
        const held = array[i];
        array[i] = array[j];
        array[j] = held;
      }
      return array;
    },
    state: () => [a >>> 0, b >>> 0, c >>> 0, d >>> 0],
    restore(state) {
      [a, b, c, d] = state;
    },
  };
}
