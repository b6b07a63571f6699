import type { Item, Progress } from '../core/index.js';
import { EndcapError } from '../core/index.js';
import { type ItemReport, type Mapping, prepareItems, scratchIn } from '../prepare/index.js';
import type { ImportTarget } from './importTarget.js';

/** What an import of catalogues did. */
export interface ImportedItems {
  report: ItemReport;
  added: number;
  changed: number;
  /** Items that were as the file says already. */
  unchanged: number;
  quarantine: string;
}

/** Puts catalogues into a shop. What a file does not say of an item stays as it was. */
export async function importItems(
  target: ImportTarget,
  files: readonly string[],
  options: {
    mapping?: Mapping | undefined;
    from?: string | undefined;
    dir: string;
    quarantine: string;
    progress: Progress;
  },
): Promise<ImportedItems> {
  const { mapping, from, dir, quarantine, progress } = options;
  const counts = { added: 0, changed: 0, unchanged: 0 };
  const take = async (items: Item[]): Promise<void> => {
    const fresh: Item[] = [];
    for (const item of items) {
      const known = await target.item(item.id);
      const merged = known ? merge(known, item) : item;
      if (known && same(known, merged)) counts.unchanged++;
      else {
        counts[known ? 'changed' : 'added']++;
        fresh.push(merged);
      }
    }
    if (fresh.length > 0) await target.putItems(fresh);
  };
  const report = await prepareItems(
    files,
    { mapping, from, quarantine, progress, scratch: scratchIn(dir) },
    take,
  );
  if (report.rowsIn > 0 && report.rowsKept === 0 && report.rowsMerged === 0)
    throw nothingKept(report, quarantine);
  return { report, ...counts, quarantine };
}

/** The file's fields over those of the shop; a reduction that is over goes, as does an old stock of nothing. */
function merge(known: Item, item: Item): Item {
  const merged = { ...known, ...item };
  if (item.attributes && known.attributes) merged.attributes = { ...known.attributes, ...item.attributes };
  if (item.price !== undefined && item.salePrice === undefined) delete merged.salePrice;
  return merged;
}

function same(a: Item, b: Item): boolean {
  const sorted = (item: Item): string =>
    JSON.stringify(Object.entries(item).sort(([x], [y]) => (x < y ? -1 : 1)));
  return sorted(a) === sorted(b);
}

function nothingKept(report: ItemReport, quarantine: string): EndcapError {
  const reasons = report.reasons.map(({ reason, rows, remedy }) => `${rows} ${reason} (${remedy})`);
  return new EndcapError('nothing_kept', `None of ${report.rowsIn} rows is an item: ${reasons.join('; ')}`, {
    errors: report.firstRejected.map(({ file, row, reason, text }) => ({
      field: `${file} row ${row}`,
      message: `${reason}: ${text}`,
      row,
    })),
    remedy: `All of them are in ${quarantine}, with reasons`,
  });
}

export function formatItems({ report, added, changed, unchanged, quarantine }: ImportedItems): string {
  const number = (value: number): string => value.toLocaleString('en');
  const columns = report.guessed.map(({ role, column }) => `${role} = ${column}`).join(', ');
  return [
    ...report.notes,
    `Columns: ${columns}${report.attributes.length > 0 ? `; attributes: ${report.attributes.slice(0, 20).join(', ')}` : ''}`,
    ...report.reasons.map(
      ({ reason, rows, remedy }) => `${number(rows)} rows set aside: ${reason} (${remedy})`,
    ),
    `${number(report.rowsIn)} in = ${number(report.rowsKept)} kept + ${number(report.rowsMerged)} merged + ${number(report.rowsQuarantined)} quarantined; ${report.seconds.toFixed(1)} s`,
    `${number(added)} items added, ${number(changed)} changed, ${number(unchanged)} were so already`,
    ...(report.rowsQuarantined > 0
      ? [`Rejected rows: ${quarantine}. Correct \`data\` and import that file with --items.`]
      : []),
  ].join('\n');
}
