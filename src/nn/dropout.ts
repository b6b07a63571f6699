import { random } from '../core/index.js';

/**
 * Dropout masks, cheap and repeatable. A mask (0 or 1/keep) is a window at a random offset into a pool of random
 * values, so it costs nothing to make; the pool is redrawn every 256 steps. All masks of a rate share the pool, which
 * then stays in the processor's cache. A mask depends only on the seed, the step and its place in the graph: a resumed
 * run sees the same masks.
 */
export class MaskPool {
  private pool = new Float32Array(0);
  private drawn = -1;

  constructor(
    private readonly rate: number,
    private readonly seed: number,
  ) {}

  /** The mask of a place in the graph at a step, `size` elements. */
  mask(place: number, step: number, size: number): Float32Array {
    const age = Math.floor(step / 256);
    if (age !== this.drawn || this.pool.length < SPREAD + size) this.draw(age, SPREAD + size);
    const offset = random(place ^ Math.imul(step + 1, 0x9e3779b1)).int(SPREAD);
    return this.pool.subarray(offset, offset + size);
  }

  private draw(age: number, size: number): void {
    if (this.pool.length < size) this.pool = new Float32Array(Math.ceil(size / 4) * 4);
    const { pool } = this;
    const rng = random(this.seed ^ (age * 0x85ebca6b));
    // A byte decides on each element, so the rate is rounded to 1/256; the scale uses the rounded rate.
    const threshold = Math.round(this.rate * 256);
    const scale = 256 / (256 - threshold);
    for (let i = 0; i < pool.length; i += 4) {
      const bits = rng.uint32();
      pool[i] = (bits & 255) < threshold ? 0 : scale;
      pool[i + 1] = ((bits >>> 8) & 255) < threshold ? 0 : scale;
      pool[i + 2] = ((bits >>> 16) & 255) < threshold ? 0 : scale;
      pool[i + 3] = bits >>> 24 < threshold ? 0 : scale;
    }
    this.drawn = age;
  }
}

/** Number of different offsets. */
const SPREAD = 1 << 20;
