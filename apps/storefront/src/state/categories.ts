import { connection } from './connection.js';
import { categoriesOf } from './shop.js';
import { createStore } from './store.js';

/** Between the steps of a category path, as in `Home > Kitchen > Mugs`. */
const step = ' > ';

/** Categories of one step that are asked for: more than anybody looks through. */
const mostShown = 1_000;

export interface Category {
  name: string;
  count: number;
}

/** Known categories by the path that they lie one step below, '' for the first steps; the largest first. */
export const categories = createStore<{ below: Readonly<Record<string, readonly Category[]>> }>({
  below: {},
});

const asked = new Set<string>();

/** Asks for the categories one step below a path, once; again when the server is back where it was away. */
export function loadCategories(path = ''): void {
  if (asked.has(path)) return;
  asked.add(path);
  const ask = (): void => {
    if (categories.get().below[path] || connection.get().away) return;
    const know = (found: readonly Category[]): void =>
      categories.set({ below: { ...categories.get().below, [path]: found } });
    categoriesOf(path === '' ? undefined : path, mostShown).then(
      (found) => know(found.categories),
      () => connection.get().away || know([]),
    );
  };
  connection.subscribe(ask);
  ask();
}

/** What a search takes for the category and all below it. */
export const within = (name: string): string[] => [name, name + step];

/** `Home > Kitchen` is below `Home`. */
export const stepsOf = (name: string): { name: string; label: string }[] =>
  name.split(step).map((label, at, all) => ({ name: all.slice(0, at + 1).join(step), label }));
