import { type Event, slicer } from '../core/index.js';
import type { ShopState } from '../projections/index.js';
import type { Appended, EventLog } from '../storage/index.js';

/** How long the state takes events at a time, ms: a batch of a thousand holds nobody up. */
const sliceMs = 4;

/**
 * Log first, then state: an event is acknowledged when it is on disk *and* reflected in the state, so whoever has
 * the acknowledgement reads their own write. The state takes events strictly in log order, whichever of the
 * concurrent appends comes back first.
 */
export class WritePath {
  /** Events that follow each other in the log, by the offset of the first: those of one append, as a rule. */
  readonly #ready = new Map<number, Event[]>();
  /** Those of them that the state is taking, and the place of the next. */
  #run: readonly Event[] = [];
  #at = 0;
  readonly #waiting: { offset: number; resolve: () => void }[] = [];
  #draining = false;

  constructor(
    private readonly log: EventLog,
    private readonly state: ShopState,
    /** Told of an event just before the state takes it. */
    private readonly applying: (event: Event) => void,
    private readonly applied: (offset: number, event: Event) => void,
  ) {}

  async append(events: readonly Event[]): Promise<Appended[]> {
    const appended = await this.log.append(events);
    const last = this.#keep(appended, events);
    // One at a time: whoever comes meanwhile finds their events taken by the one before, who waits for their own alone.
    const drained = this.#draining ? undefined : this.#drain();
    const reached = this.#reached(last);
    await (drained ? Promise.race([reached, drained.then(() => reached)]) : reached);
    return appended;
  }

  /** Notes the events that are new; returns the last offset of all. */
  #keep(appended: readonly Appended[], events: readonly Event[]): number {
    let run: Event[] = [];
    let next = -1;
    let last = -1;
    for (let at = 0; at < appended.length; at++) {
      const { offset, duplicate } = appended[at]!;
      if (offset > last) last = offset;
      if (duplicate) continue;
      if (offset !== next) {
        run = [];
        this.#ready.set(offset, run);
      }
      run.push(events[at]!);
      next = offset + 1;
    }
    return last;
  }

  /** The event that the state takes next, where it is there. */
  #next(): Event | undefined {
    if (this.#at === this.#run.length) {
      const { offset } = this.state;
      this.#run = this.#ready.get(offset) ?? [];
      this.#ready.delete(offset);
      this.#at = 0;
    }
    return this.#at < this.#run.length ? this.#run[this.#at++] : undefined;
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    const slice = slicer(sliceMs);
    try {
      for (;;) {
        const offset = this.state.offset;
        const event = this.#next();
        if (!event) break;
        this.#apply(offset, event);
        const pause = slice();
        if (!pause) continue;
        this.#wake();
        await pause;
      }
    } finally {
      this.#draining = false;
    }
    this.#wake();
  }

  #wake(): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.offset < this.state.offset) {
      this.#waiting.shift()!.resolve();
    }
  }

  #apply(offset: number, event: Event): void {
    this.applying(event);
    this.state.apply(offset, event);
    this.applied(offset, event);
  }

  #reached(offset: number): Promise<void> | undefined {
    if (offset < this.state.offset) return undefined;
    return new Promise((resolve) => {
      let at = this.#waiting.length;
      while (at > 0 && this.#waiting[at - 1]!.offset > offset) at--;
      this.#waiting.splice(at, 0, { offset, resolve });
    });
  }
}
