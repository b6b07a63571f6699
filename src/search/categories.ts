import type { FacetColumn } from '../index/index.js';

/** Between the steps of a path of categories, as in `Home > Kitchen > Mugs`. */
const step = ' > ';

/** A filter by category that ends so means all that lies below the path before it. */
export const isBelow = (value: string): boolean => value.endsWith(step);

/** Numbers of the categories that a filter names: itself, or with ` > ` at its end all below it. */
export function* categoriesNamed(column: FacetColumn, value: string): Iterable<number> {
  if (!isBelow(value)) {
    yield column.find(value);
    return;
  }
  for (let number = 0; number < column.numbers; number++)
    if (column.uses(number) > 0 && column.name(number).startsWith(value)) yield number;
}

/** One step of the tree of categories; `count` is how often items name it or what lies below it. */
export interface CategoryStep {
  name: string;
  count: number;
}

/** The categories one step below a path, or the first steps of all; the largest first, then by name. */
export function categoriesBelow(
  column: FacetColumn,
  path: string | undefined,
  most: number,
): { categories: CategoryStep[]; total: number } {
  const start = path === undefined ? '' : path + step;
  const counts = new Map<string, number>();
  for (let number = 0; number < column.numbers; number++) {
    const uses = column.uses(number);
    const name = column.name(number);
    if (uses === 0 || !name.startsWith(start)) continue;
    const end = name.indexOf(step, start.length);
    const next = end < 0 ? name : name.slice(0, end);
    counts.set(next, (counts.get(next) ?? 0) + uses);
  }
  const all = [...counts].map(([name, count]) => ({ name, count }));
  all.sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  return { categories: all.slice(0, most), total: all.length };
}
