import { EndcapError } from '../core/index.js';
import { type ItemMapping, type ItemRole, itemRoles, itemSynonyms } from './itemMapping.js';
import { missingColumn } from './mapping.js';
import type { Source } from './source.js';
import { bareName, plainName } from './synonyms.js';

/** Which columns mean what: as the mapping says, else by their names. */
export function settleItemRoles(source: Source, mapping: ItemMapping): Map<ItemRole, string[]> {
  const roles = new Map<ItemRole, string[]>();
  const taken = new Set<string>();
  const find = (ref: string | number): string | undefined => {
    if (typeof ref === 'number') return source.columns[ref - 1];
    if (source.columns.includes(ref) || (source.nested && /[.[]/.test(ref))) return ref;
    return source.columns.find((column) => plainName(column) === plainName(ref));
  };
  for (const role of itemRoles) {
    const said = mapping.columns?.[role];
    if (said === undefined) continue;
    const columns = [said].flat().flatMap((ref) => find(ref) ?? []);
    roles.set(role, columns);
    for (const column of columns) taken.add(column);
  }
  for (const role of itemRoles) {
    if (roles.has(role)) continue;
    const column = [plainName, bareName]
      .flatMap((nameOf) =>
        itemSynonyms[role].map((name) =>
          source.columns.find((one) => nameOf(one) === name && !taken.has(one)),
        ),
      )
      .find((one) => one !== undefined);
    if (column === undefined) continue;
    roles.set(role, [column]);
    taken.add(column);
  }
  for (const [role, columns] of roles) if (columns.length === 0) roles.delete(role);
  if (!roles.has('id')) throw withItems(missingColumn('item', undefined, source.columns));
  return roles;
}

const withItems = (error: EndcapError): EndcapError =>
  new EndcapError(error.code, 'No column looks like the id of the items', {
    errors: error.errors.map(({ message }) => ({ field: 'catalogue.columns.id', message })),
    remedy: 'Say it in a mapping file: {"catalogue":{"columns":{"id":"…"}}} and --mapping FILE',
  });
