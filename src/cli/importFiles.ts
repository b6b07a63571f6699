import { writeFileSync } from 'node:fs';
import { EndcapError, type Event, type Item, type Progress } from '../core/index.js';
import {
  type CleaningReport,
  editOf,
  isOrder,
  type Mapping,
  orderOfPart,
  type Prepared,
  prepareFiles,
  scratchIn,
} from '../prepare/index.js';
import { boughtBefore } from './boughtBefore.js';
import type { ImportTarget } from './importTarget.js';
import { ordersBefore } from './ordersBefore.js';

export interface ImportOptions {
  mapping?: Mapping | undefined;
  from?: string | undefined;
  quarantine: string;
  /** Folder of the shop: temporary files lie under it. */
  dir: string;
  progress: Progress;
}

/** What an import of behaviour did. */
export interface Imported {
  report: CleaningReport;
  /** Reads the rejected rows as these files were read. */
  settled: Mapping;
  stored: number;
  duplicates: number;
  edits: Edits;
}

/** Orders that a later export says otherwise. */
export interface Edits {
  orders: number;
  unitsAdded: number;
  unitsTaken: number;
  examples: string[];
}

/** A quarantine file keeps the mapping of its import beside it, so that it is read again in the same way. */
export const mappingBeside = (quarantine: string): string => `${quarantine}.mapping.json`;

const batchSize = 5_000;

/** Cleans files into a shop: the log, and a catalogue for what is new. */
export async function importInto(
  target: ImportTarget,
  files: readonly string[],
  { mapping, from, quarantine, dir, progress }: ImportOptions,
): Promise<Imported> {
  const prepared = await prepareFiles(files, {
    now: Date.now(),
    quarantine,
    progress,
    scratch: scratchIn(dir),
    earlier: (returns) => boughtBefore(target, returns),
    ordersBefore: (orders) => ordersBefore(target, orders),
    ...(mapping ? { mapping } : {}),
    ...(from === undefined ? {} : { from }),
  });
  try {
    const { report, settled } = prepared;
    if (report.rowsQuarantined > 0)
      writeFileSync(mappingBeside(quarantine), `${JSON.stringify(settled, null, 2)}\n`);
    if (report.rowsIn > 0 && report.rowsKept === 0 && report.rowsMerged === 0)
      throw nothingKept(report, quarantine);
    await putUnknown(target, prepared.items);
    let stored = 0;
    let duplicates = 0;
    const edits: Edits = { orders: 0, unitsAdded: 0, unitsTaken: 0, examples: [] };
    const editor = new OrderEditor(target, prepared, edits);
    for await (const batch of prepared.batches(batchSize)) {
      const landed = await target.append(batch);
      const again: { event: Event; offset: number }[] = [];
      for (const [at, { offset, duplicate }] of landed.entries()) {
        if (duplicate) again.push({ event: batch[at]!, offset });
        else stored++;
      }
      duplicates += again.length;
      await editor.compare(again);
      progress({ phase: 'logging events', done: stored + duplicates, total: report.events });
    }
    await editor.takeBackEmptied();
    report.notes.push(...(target.notes ?? []));
    return { report, settled, stored, duplicates, edits };
  } finally {
    await prepared.close();
  }
}

function nothingKept(report: CleaningReport, quarantine: string): EndcapError {
  const reasons = report.reasons.map(({ reason, rows, remedy }) => `${rows} ${reason} (${remedy})`);
  const first = report.firstRejected.map(({ file, row, reason, text }) => ({
    field: `${file} row ${row}`,
    message: `${reason}: ${text}`,
    row,
  }));
  return new EndcapError('nothing_kept', `None of ${report.rowsIn} rows can be used: ${reasons.join('; ')}`, {
    errors: first,
    remedy: `All of them are in ${quarantine}, with reasons; correct them there, or say in a mapping what the columns are`,
  });
}

/** Items that the shop does not have; what it has is not overwritten by what sales tell. */
async function putUnknown(target: ImportTarget, items: readonly Item[]): Promise<void> {
  const fresh: Item[] = [];
  for (const item of items) if (!(await target.item(item.id))) fresh.push(item);
  for (let at = 0; at < fresh.length; at += batchSize) await target.putItems(fresh.slice(at, at + batchSize));
}

/** What the log has of orders beside their first events. */
interface Later {
  /** Edits and corrected lines, by the id of their order. */
  parts: Map<string, Event[]>;
  /** Orders that returns in these files leave nothing of, as they were logged. */
  emptied: Map<string, Event>;
  /** Units given back in refunds of their own, by shopper and item. */
  returned: Map<string, Map<string, number>>;
}

/** Logs what differs between orders that are in the log already and the same orders as they come now. */
class OrderEditor {
  #later: Later | undefined;

  constructor(
    private readonly target: ImportTarget,
    private readonly prepared: Pick<Prepared, 'partial' | 'emptied'>,
    private readonly edits: Edits,
  ) {}

  async compare(again: readonly { event: Event; offset: number }[]): Promise<void> {
    const orders = again.filter(({ event }) => isOrder(event)).toSorted((a, b) => a.offset - b.offset);
    if (orders.length === 0) return;
    const { parts } = await this.#read();
    const unlike: { event: Event; logged: Event[] }[] = [];
    for await (const { event, logged } of beside(this.target, orders)) {
      const later = parts.get(event.id);
      if (later || lines(event) !== lines(logged)) unlike.push({ event, logged: [logged, ...(later ?? [])] });
    }
    for (const { event, logged } of unlike) await this.#edit(event, logged);
  }

  /** Orders that are no events any more, for all of them was given back, may have been logged when it was not yet. */
  async takeBackEmptied(): Promise<void> {
    if (this.prepared.emptied.length === 0) return;
    const { parts, emptied } = await this.#read();
    for (const event of this.prepared.emptied) {
      const logged = emptied.get(event.id);
      if (logged) await this.#edit(event, [logged, ...(parts.get(event.id) ?? [])]);
    }
  }

  async #edit(event: Event, logged: readonly Event[]): Promise<void> {
    const partial = this.prepared.partial.has(event.id);
    const edit = editOf(logged, event, { partial, returned: this.#later!.returned.get(event.user) });
    if (!edit) return;
    await this.target.append(edit.events);
    this.edits.orders++;
    this.edits.unitsAdded += edit.unitsAdded;
    this.edits.unitsTaken += edit.unitsTaken;
    if (this.edits.examples.length < 5) this.edits.examples.push(event.session ?? event.id);
  }

  /** Reads the log once, as it was before anything was edited. */
  async #read(): Promise<Later> {
    if (this.#later) return this.#later;
    const later: Later = { parts: new Map(), emptied: new Map(), returned: new Map() };
    const emptied = new Set(this.prepared.emptied.map(({ id }) => id));
    for await (const { event } of this.target.logged()) {
      const order = orderOfPart(event.id);
      if (order !== undefined) {
        const parts = later.parts.get(order) ?? [];
        later.parts.set(order, parts);
        parts.push(event);
      } else if (event.type === 'refund') {
        const units = later.returned.get(event.user) ?? new Map<string, number>();
        later.returned.set(event.user, units);
        for (const { id, quantity = 1 } of event.items) units.set(id, (units.get(id) ?? 0) + quantity);
      } else if (emptied.has(event.id)) later.emptied.set(event.id, event);
    }
    this.#later = later;
    return later;
  }
}

/** Each event with the one in the log under its id; reads neighbours in the log at once. */
async function* beside(
  target: ImportTarget,
  sorted: readonly { event: Event; offset: number }[],
): AsyncIterable<{ event: Event; logged: Event }> {
  for (let at = 0; at < sorted.length; ) {
    let end = at + 1;
    while (end < sorted.length && sorted[end]!.offset - sorted[end - 1]!.offset < 256) end++;
    const wanted = new Map(sorted.slice(at, end).map((one) => [one.offset, one.event]));
    for await (const { offset, event: logged } of target.logged(
      sorted[at]!.offset,
      sorted[end - 1]!.offset + 1,
    )) {
      const event = wanted.get(offset);
      if (event) yield { event, logged };
    }
    at = end;
  }
}

/** What an order consists of, as a text to compare. */
function lines({ items }: Event): string {
  const units = new Map<string, number>();
  for (const { id, quantity = 1 } of items) units.set(id, (units.get(id) ?? 0) + quantity);
  return JSON.stringify([...units].sort(([a], [b]) => (a < b ? -1 : 1)));
}
