import { keepLatest } from '../core/index.js';
/** The values used last, at most `capacity` of them: what is pure to compute and asked for again. */
export class LeastRecent<Value> {
  readonly #values = new Map<string, Value>();

  constructor(private readonly capacity: number) {}

  get(key: string): Value | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    this.#values.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    keepLatest(this.#values, this.capacity);
  }
}
