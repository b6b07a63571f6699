import { parsePath, textAt, valueAt } from './paths.js';
import type { Origin, Sink } from './source.js';

/** A row a record, or a row an entry where the columns asked for lie in lists of the record; lists as long go together. */
export function spreader(
  wanted: readonly string[],
  sink: Sink,
): (record: object, at: Omit<Origin, 'rest'>, rest: number) => void {
  const paths = wanted.map(parsePath);
  const lists = [...new Set(paths.flatMap(({ list }) => (list === undefined ? [] : [list])))].map((list) => ({
    list,
    steps: parsePath(list).outer,
  }));
  return (record, at, rest) => {
    const outer = paths.map(({ text, list, outer: steps }) =>
      list === undefined || Object.hasOwn(record, text) ? textAt(record, steps, text) : null,
    );
    const found = lists.map(({ list, steps }) => ({ list, entries: valueAt(record, steps) }));
    const there = found.find(({ entries }) => entries !== undefined && entries !== null);
    const entries = there?.entries;
    if (!there || !Array.isArray(entries) || entries.length === 0) {
      // Position 0 is something in the place of the list that is none: its item is missing.
      const odd = there !== undefined && !Array.isArray(entries);
      sink.row(odd ? { ...at, rest, position: 0 } : { ...at, rest }, outer);
      return;
    }
    const beside = new Map(
      found.flatMap(({ list, entries: other }) =>
        Array.isArray(other) && other.length === entries.length ? [[list, other as unknown[]] as const] : [],
      ),
    );
    for (const place of entries.keys()) {
      const cells = paths.map(({ list, inner }, column) => {
        const own = list === undefined ? undefined : beside.get(list);
        return own ? textAt(own[place], inner, '') : outer[column]!;
      });
      sink.row({ ...at, rest, position: place + 1 }, cells);
    }
  };
}
