import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event, Item, Progress } from '../core/index.js';
import { clean } from './clean.js';
import { openDuck } from './duck.js';
import { isDiskFullText, outOfRoom } from './faults.js';
import { emptiedOrders, groupEvents, partialOrders, splitByCurrency } from './grouping.js';
import { type Guess, type Mapping, settleDefaultType } from './mapping.js';
import { writeQuarantine } from './quarantine.js';
import { readEvents } from './readEvents.js';
import { readAll } from './readFiles.js';
import { type CleaningReport, measure } from './report.js';
import type { Role } from './roles.js';
import type { Decisions, Return } from './settled.js';
import { soldItems } from './soldItems.js';
import { type OrdersBefore, spreadRefunds } from './wholeRefunds.js';

export interface PrepareOptions {
  mapping?: Mapping;
  /** Name of a dialect, such as shopify; guessed from the headers when absent. */
  from?: string;
  /** Path of the JSONL file that takes the rejected rows; none is written where none is rejected. */
  quarantine?: string;
  /** Folder for temporary files, which this makes and removes; under the system's when absent. */
  scratch?: string;
  /** Which of the returns without a purchase in these files give back what was imported before. */
  earlier?: (returns: readonly Return[]) => Promise<readonly boolean[]>;
  /** What was imported before of orders that these files give back whole. */
  ordersBefore?: OrdersBefore;
  /** "Now" for the rule on future times, ms. */
  now: number;
  progress: Progress;
}

export interface Prepared {
  report: CleaningReport;
  /** The mapping with all that was guessed and decided: it reads the rejected rows in the same way. */
  settled: Mapping;
  /** The catalogue as the data tells it: title and price by item. */
  items: Item[];
  /** Ids of orders of which lines were set aside: what they lack was not taken out by the shop. */
  partial: ReadonlySet<string>;
  /** Orders of which everything was given back, so that they are no events: without items. */
  emptied: readonly Event[];
  /** Clean events in time order, in batches; ids are deterministic, so importing twice changes nothing. */
  batches(size: number): AsyncIterable<Event[]>;
  close(): Promise<void>;
}

/** Reads, maps and cleans files. Rows in = rows kept + merged + quarantined. Throws EndcapError on bad input. */
export async function prepareFiles(paths: readonly string[], options: PrepareOptions): Promise<Prepared> {
  const started = performance.now();
  const scratch = options.scratch ?? join(tmpdir(), `endcap-${process.pid}-${randomUUID().slice(0, 8)}`);
  const duck = await openDuck(scratch);
  const { connection } = duck;
  const step = (done: number, note: string): void =>
    options.progress({ phase: 'preparing', done, total: 4, note });
  try {
    step(0, 'reading');
    const read = await readAll(duck, paths, scratch, options);
    const { raw, mapping, guesses, notes } = read;
    const defaultType = settleDefaultType(mapping, guesses);
    step(1, 'cleaning');
    const decisions = await clean(duck, {
      guesses,
      raw,
      defaultType,
      mapping,
      now: options.now,
      earlier: options.earlier,
      ordersBefore: options.ordersBefore,
    });
    const kept = await spreadRefunds(duck);
    step(2, 'reporting');
    const measured = await measure(connection, {
      files: [...paths],
      notes: [...notes, ...decisions.notes],
      guesses,
      defaultType,
      suggestions: decisions.suggestions,
    });
    if (options.quarantine && measured.rowsQuarantined > 0)
      await writeQuarantine(duck, options.quarantine, raw);
    step(3, 'grouping');
    await connection.run('DROP TABLE raw');
    const mixed = await splitByCurrency(duck, kept);
    const events = await groupEvents(duck, kept);
    const items = await soldItems(duck, mapping.currency);
    const partial = await partialOrders(duck);
    const emptied = await emptiedOrders(duck);
    step(4, '');
    if (mixed > 0)
      measured.notes.push(
        `${mixed.toLocaleString('en')} orders or records have lines in several currencies: an event for each currency`,
      );
    const report = { ...measured, events, seconds: (performance.now() - started) / 1000 };
    return {
      report,
      settled: settledMapping(mapping, guesses, defaultType, decisions),
      items,
      partial,
      emptied,
      batches: (size) => readEvents(duck, size, mapping.currency),
      close: duck.close,
    };
  } catch (error) {
    await duck.close();
    // Half of what was set aside says nothing, and on a full disk it takes what is left.
    if (options.quarantine !== undefined) rmSync(options.quarantine, { force: true });
    throw isDiskFullText(error) ? outOfRoom(error) : error;
  }
}

function settledMapping(
  mapping: Mapping,
  guesses: readonly Guess[],
  defaultType: string,
  decisions: Decisions,
): Mapping {
  const {
    about: _,
    headers: _headers,
    header: _header,
    delimiter: _delimiter,
    encoding: _encoding,
    join: _join,
    ...rest
  } = mapping;
  const silent = (Object.entries(mapping.columns ?? {}) as [Role, unknown][]).filter(
    ([role]) => !guesses.some((guess) => guess.role === role),
  );
  const columns = Object.fromEntries([
    ...guesses.map((guess) => [guess.role, guess.columns.length === 1 ? guess.columns[0] : guess.columns]),
    ...silent.map(([role]) => [role, []]),
  ]) as NonNullable<Mapping['columns']>;
  const typed = guesses.some(({ role }) => role === 'type');
  return {
    ...rest,
    columns,
    ...(typed && mapping.defaultType === undefined ? {} : { defaultType }),
    ...(decisions.dates ? { dates: decisions.dates } : {}),
    ...(decisions.decimal ? { decimal: decisions.decimal } : {}),
    equalRows: decisions.equalRows,
  };
}
