import { fnv1a } from './hash.js';
import { knownTypes, type Meaning } from './meanings.js';

/** What events of a type mean, and how much they say about taste: 0 is none, negative repels or takes back. */
export interface EventMeaning {
  meaning: Meaning | undefined;
  weight: number;
}

/** By type of event. A type that is not here is kept and counted, and weighs 0. */
export type EventTable = ReadonlyMap<string, EventMeaning>;

/** What `endcap.json` says of a type. */
export interface EventSetting {
  meaning?: Meaning;
  weight?: number;
}

export const knownEventTypes: readonly string[] = knownTypes.map(({ type }) => type);

export const defaultEventTable: EventTable = new Map(
  knownTypes.map(({ type, meaning, weight }) => [type, { meaning, weight }]),
);

/** The table of a shop: the known types, and over them what the shop says of its own. */
export function eventTable(settings: Readonly<Record<string, EventSetting>> = {}): EventTable {
  const table = new Map(defaultEventTable);
  for (const [type, said] of Object.entries(settings)) {
    const known = table.get(type);
    const meaning = said.meaning ?? known?.meaning;
    const same = known !== undefined && known.meaning === meaning;
    const weight = said.weight ?? (same ? known.weight : usualWeight(meaning));
    table.set(type, { meaning, weight });
  }
  return table;
}

/** Of the first known type that means this. */
const usualWeight = (meaning: Meaning | undefined): number =>
  knownTypes.find((row) => row.meaning === meaning)?.weight ?? 0;

/** Weight of `type`; an unknown type says nothing until somebody says what it means. */
export const eventWeight = (table: EventTable, type: string): number => table.get(type)?.weight ?? 0;

export const meaningIn = (table: EventTable, type: string): Meaning | undefined => table.get(type)?.meaning;

/** A number that differs where the table does; 0 for the default: what was folded by another table is made anew. */
export function tableNumber(table: EventTable): number {
  if (table === defaultEventTable) return 0;
  const rows = (of: EventTable): string =>
    [...of]
      .map(([type, { meaning, weight }]) => `${type} ${meaning} ${weight}`)
      .sort()
      .join();
  const text = rows(table);
  if (text === rows(defaultEventTable)) return 0;
  return 1 + (fnv1a(text) % 1_000_000);
}
