import type { Event } from '../core/index.js';

/** Pause between two attempts to tell of what goes wrong, ms. */
const tellEveryMs = 60_000;

/**
 * Marketing's own events on their way to the log. What cannot be appended waits and is tried again, under the same ids,
 * so that nothing is lost and nothing counted twice. Who answers with something that must not be lost waits for `flush`.
 */
export class EventQueue {
  #waiting: Event[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #failures = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly append: (events: readonly Event[]) => Promise<unknown>,
    private readonly warn: (error: unknown, what: string) => void,
  ) {}

  /** Events that an append failed for and that wait to be tried again, and how many appends have failed. */
  get status(): { waiting: number; failures: number } {
    return { waiting: this.#waiting.length, failures: this.#failures };
  }

  /** Whether events wait that an append failed for: nothing more should be promised until they are in the log. */
  get failing(): boolean {
    return this.#waiting.length > 0;
  }

  /** Appends without being waited for. */
  send(events: readonly Event[]): void {
    if (events.length > 0) this.flush(events).catch(() => {});
  }

  /** Resolves when these events and all before them are in the log; throws where one append fails, and keeps its events. */
  async flush(events: readonly Event[] = []): Promise<void> {
    const batch = [...this.#waiting, ...events];
    this.#waiting = [];
    if (batch.length > 0) {
      const appending = this.#append(batch);
      this.#underWay.add(appending);
      appending.catch(() => {}).finally(() => this.#underWay.delete(appending));
    }
    await Promise.all(this.#underWay);
  }

  /** An erased shopper's events must not come back into the log. */
  forget(users: readonly string[]): void {
    this.#waiting = this.#waiting.filter(({ user }) => !users.includes(user));
  }

  /** Tries again what waits; it is told of here, not thrown. */
  async retry(): Promise<void> {
    if (this.failing) await this.flush().catch(() => {});
  }

  async #append(batch: Event[]): Promise<void> {
    try {
      await this.append(batch);
    } catch (error) {
      this.#waiting = [...batch, ...this.#waiting];
      this.#failures++;
      const now = performance.now();
      if (now - this.#toldAt >= tellEveryMs) {
        this.#toldAt = now;
        this.warn(error, `${batch.length} events of offers wait to be logged, and are tried again`);
      }
      throw error;
    }
  }
}
