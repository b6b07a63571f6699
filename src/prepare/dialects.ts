import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EndcapError } from '../core/index.js';
import { type Mapping, parseMapping } from './mapping.js';
import { hasColumn } from './raw.js';
import type { Source } from './source.js';
import { plainName } from './synonyms.js';

/** Folder of the mapping files of well-known exports, in the package; a user may copy one and change it. */
const folder = fileURLToPath(new URL('../../../data/dialects/', import.meta.url));

/** A kind of file by name, with the mapping that reads it. */
export interface Dialect {
  name: string;
  mapping: Mapping;
}

let read: Dialect[] | undefined;

export function dialects(): readonly Dialect[] {
  read ??= readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.json'.length),
      mapping: parseMapping(JSON.parse(readFileSync(folder + file, 'utf8'))),
    }));
  return read;
}

export function dialectOf(name: string): Dialect {
  const found = dialects().find((dialect) => dialect.name === name);
  if (found) return found;
  throw new EndcapError('unknown_dialect', `No kind of file is called "${name}"`, {
    errors: [{ field: 'from', message: 'is not known' }],
    remedy: `Choose among ${dialects()
      .map((dialect) => dialect.name)
      .join(', ')}, or write a mapping file`,
  });
}

type Columns = Pick<Source, 'columns' | 'nested'>;

/** Which of the headers a file lacks. */
function lacking(there: Columns, headers: readonly string[]): string[] {
  const plain = new Set(there.columns.map(plainName));
  return headers.filter(
    (header) => !hasColumn(there, header) && !(/[.[]/.test(header) ? false : plain.has(plainName(header))),
  );
}

/** The dialect that one of the files is written in: of several the one with the most headers in common. */
export const guessDialect = (sources: readonly Columns[]): Dialect | undefined =>
  mostAlike(sources, (mapping) => mapping.headers);

/** The dialect whose catalogue a file is. */
export const guessCatalogue = (source: Columns): Dialect | undefined =>
  mostAlike([source], ({ catalogue }) => catalogue?.headers);

function mostAlike(
  sources: readonly Columns[],
  headersOf: (mapping: Mapping) => string[][] | undefined,
): Dialect | undefined {
  let best: { dialect: Dialect; size: number } | undefined;
  for (const dialect of dialects()) {
    for (const headers of headersOf(dialect.mapping) ?? []) {
      if (headers.length <= (best?.size ?? 0)) continue;
      if (sources.some((there) => lacking(there, headers).length === 0))
        best = { dialect, size: headers.length };
    }
  }
  return best?.dialect;
}

/** Refuses files that are not of the dialect a user names, and says which headers are missing. */
export function requireDialect({ name, mapping }: Dialect, sources: readonly Source[]): void {
  const sets = mapping.headers ?? [];
  const gaps = sets.flatMap((headers) =>
    sources.map((there) => ({ missing: lacking(there, headers), of: headers.length })),
  );
  const [nearest] = gaps.toSorted((a, b) => a.missing.length / a.of - b.missing.length / b.of);
  if (!nearest || nearest.missing.length === 0) return;
  throw new EndcapError(
    'dialect_mismatch',
    `${sources.map(({ file }) => file).join(', ')} is no export of ${name}`,
    {
      errors: [{ field: 'from', message: `missing: ${nearest.missing.join(', ')}` }],
      remedy: `The file has: ${sources[0]!.columns.slice(0, 40).join(', ')}. Import it without --from, or copy data/dialects/${name}.json, change it and give it as --mapping`,
    },
  );
}

/** What a user says comes before what the dialect says; a column that the user has named is theirs. */
export function withDialect(dialect: Mapping, own: Mapping): Mapping {
  const named = new Set(Object.values(own.columns ?? {}).flat());
  const columns = Object.fromEntries(
    Object.entries(dialect.columns ?? {}).map(([role, said]) => {
      const refs = [said].flat() as (string | number)[];
      return [role, refs.filter((ref) => !named.has(ref))] as const;
    }),
  );
  const all = { ...columns, ...own.columns } as NonNullable<Mapping['columns']>;
  return { ...dialect, ...own, columns: all, types: { ...dialect.types, ...own.types } };
}
