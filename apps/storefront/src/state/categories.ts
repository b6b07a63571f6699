import { connection } from './connection.js';
import { search } from './shop.js';
import { createStore } from './store.js';

/** Between the steps of a category path, as in `Home > Kitchen > Mugs`. */
const step = ' > ';

/** Values of a facet that one search may ask for. */
const mostValues = 50;

export interface Category {
  name: string;
  count: number;
}

/** The categories of the shop, the largest first; empty until they are known. */
export const categories = createStore<{ all: readonly Category[]; known: boolean }>({
  all: [],
  known: false,
});

/** Asks for the categories, and again when the server is back. */
export function loadCategories(): void {
  const ask = (): void => {
    if (categories.get().known || connection.get().away) return;
    search({ query: '', count: 1, facets: ['category'], personal: 0 }).then(
      ({ facets }) => {
        const values = facets.find(({ name }) => name === 'category')?.values ?? [];
        categories.set({ all: values.map(({ value, count }) => ({ name: value, count })), known: true });
      },
      () => undefined,
    );
  };
  connection.subscribe(ask);
  ask();
}

/** The first steps of all paths, the largest first: what a shopper chooses among. */
export function topCategories(all: readonly Category[]): Category[] {
  const counts = new Map<string, number>();
  for (const { name, count } of all) {
    const [top = name] = name.split(step);
    counts.set(top, count + (counts.get(top) ?? 0));
  }
  return [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
}

/** The category and what lies below it: what an item of it says. */
export const within = (name: string, all: readonly Category[]): string[] =>
  [name, ...all.map((category) => category.name).filter((other) => other.startsWith(name + step))].slice(
    0,
    mostValues,
  );

/** The categories one step below. */
export function below(name: string, all: readonly Category[]): string[] {
  const next = all
    .filter((category) => category.name.startsWith(name + step))
    .map((category) => name + step + category.name.slice(name.length + step.length).split(step)[0]);
  return [...new Set(next)];
}

/** `Home > Kitchen` is below `Home`. */
export const stepsOf = (name: string): { name: string; label: string }[] =>
  name.split(step).map((label, at, all) => ({ name: all.slice(0, at + 1).join(step), label }));
