import Table, { type TableConstructorOptions } from 'cli-table3';

/** An empty table of text, without colours: what goes through a pipe or to a terminal with NO_COLOR is the same. */
export function textTable(options: TableConstructorOptions): Table.Table {
  return new Table({ ...options, style: { ...options.style, head: [], border: [] } });
}
