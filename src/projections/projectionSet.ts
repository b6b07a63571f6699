import type { StateStore, WriteOptions } from '../storage/index.js';
import {
  type CheckpointMeta,
  forgetRecords,
  marksOf,
  type ProjectionMark,
  restoreProjection,
  writeCheckpoint,
} from './checkpoint.js';
import type { Projection } from './projection.js';

/** The projections of a state in the order in which events reach them, and what the checkpoint on disk has of each. */
export class ProjectionSet {
  readonly list: Projection[];
  /** Those that are being caught up: events do not reach them yet, what is to be forgotten does. */
  readonly joining = new Set<Projection>();
  /** Also of those that are not here now. */
  #marks: ReadonlyMap<string, ProjectionMark> = new Map();
  /** When each of those that are not in every checkpoint was in one, ms of `performance.now()`. */
  readonly #writtenAt = new Map<Projection, number>();

  constructor(
    private readonly store: StateStore,
    list: readonly Projection[],
  ) {
    this.list = [];
    for (const projection of list) {
      this.requireName(projection);
      this.list.push(projection);
    }
  }

  /** Throws where there is one of the name already. */
  requireName({ name, transient }: Projection): void {
    if (transient) return;
    if (name === 'meta' || this.list.some((other) => other.name === name && !other.transient))
      throw new Error(`Two projections are called ${name}`);
  }

  /** Whether something changed since the last checkpoint. */
  get changed(): boolean {
    return this.list.some(({ dirty }) => dirty.size > 0);
  }

  /** Takes the checkpoint back; resolves to the projections that it has only up to an event before its own. */
  async restore(meta: CheckpointMeta): Promise<{ projection: Projection; from: number }[]> {
    this.#marks = marksOf(meta);
    const behind: { projection: Projection; from: number }[] = [];
    for (const projection of this.list) {
      const from = await this.takeBack(projection);
      if (from < meta.offset) behind.push({ projection, from });
    }
    return behind;
  }

  /** Takes back what the checkpoint has of a projection; resolves to the offset where it goes on. */
  async takeBack(projection: Projection): Promise<number> {
    const { name, version, transient } = projection;
    const mark = this.#marks.get(name);
    if (mark?.version === version) {
      await restoreProjection(this.store, projection);
      return mark.offset;
    }
    if (!transient) await this.#forgetRecords(name);
    return 0;
  }

  remove(projection: Projection): void {
    const at = this.list.indexOf(projection);
    if (at >= 0) this.list.splice(at, 1);
    this.#writtenAt.delete(projection);
  }

  forget(users: ReadonlySet<string>): void {
    for (const projection of [...this.list, ...this.joining]) projection.forget?.(users);
  }

  /** Deletes what the checkpoint has of projections that are not here, which cannot be told whom to forget. */
  async forgetAbsent(): Promise<void> {
    const here = new Set(this.list.map(({ name }) => name));
    for (const name of this.#marks.keys()) if (!here.has(name)) await this.#forgetRecords(name);
  }

  /** Writes the projections that are due, all of them where `whole`, with the offset they reflect. */
  async write(
    meta: Omit<CheckpointMeta, 'format' | 'projections' | 'behind'>,
    whole: boolean,
    options: WriteOptions,
  ): Promise<void> {
    const due = this.#due(whole);
    const marks = new Map(this.#marks);
    for (const { name, version } of due) marks.set(name, { version, offset: meta.offset });
    await writeCheckpoint(this.store, due, marks, meta, options);
    this.#marks = marks;
  }

  #due(whole: boolean): Projection[] {
    const now = performance.now();
    return this.list.filter((projection) => {
      const { checkpointEveryMs = 0, transient } = projection;
      if (transient) return false;
      const last = this.#writtenAt.get(projection) ?? Number.NEGATIVE_INFINITY;
      if (!whole && now - last < checkpointEveryMs) return false;
      if (checkpointEveryMs > 0) this.#writtenAt.set(projection, now);
      return true;
    });
  }

  async #forgetRecords(name: string): Promise<void> {
    await forgetRecords(this.store, name);
    this.#marks = new Map([...this.#marks].filter(([known]) => known !== name));
  }
}
