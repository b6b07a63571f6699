import { about } from './state/about.js';
import { createStore, useStore } from './state/store.js';

/** How a list of items is narrowed, ordered and turned: as the address says it. */
export interface Listing {
  sort: Sort;
  /** From 1. */
  page: number;
  /** Values by facet. */
  filters: Readonly<Record<string, readonly string[]>>;
}
export const sorts = ['relevance', 'price', 'price_desc'] as const;
export type Sort = (typeof sorts)[number];

export type Route =
  | { page: 'home' }
  | { page: 'basket' }
  | { page: 'categories' }
  | { page: 'item'; id: string }
  | { page: 'category'; name: string; listing: Listing }
  | { page: 'search'; query: string; listing: Listing }
  | { page: 'nowhere' };

/** Before the name of a facet in an address, where others (`utm_source`) may stand, too. */
const filterMark = 'f.';

const firstPage: Listing = { sort: 'relevance', page: 1, filters: {} };

export const homePath = `${about.base}/`;
export const basketPath = `${about.base}/basket`;
export const categoriesPath = `${about.base}/categories`;
export const itemPath = (id: string): string => `${about.base}/item/${encodeURIComponent(id)}`;
export const categoryPath = (name: string, listing = firstPage): string =>
  `${about.base}/category/${encodeURIComponent(name)}${questionOf({}, listing)}`;
export const searchPath = (query: string, listing = firstPage): string =>
  `${about.base}/search${questionOf(query === '' ? {} : { q: query }, listing)}`;

function questionOf(first: Record<string, string>, { sort, page, filters }: Listing): string {
  const asked = new URLSearchParams(first);
  for (const [name, values] of Object.entries(filters))
    for (const value of values) asked.append(filterMark + name, value);
  if (sort !== 'relevance') asked.set('sort', sort);
  if (page > 1) asked.set('page', String(page));
  const text = asked.toString();
  return text === '' ? '' : `?${text}`;
}

export function parseRoute({ pathname, search }: Pick<Location, 'pathname' | 'search'>): Route {
  if (!pathname.startsWith(about.base)) return { page: 'nowhere' };
  const [, page = '', ...rest] = pathname.slice(about.base.length).split('/');
  const name = decode(rest.join('/'));
  if (page === '') return { page: 'home' };
  if (page === 'basket' || page === 'categories') return { page };
  if (page === 'item' && name) return { page, id: name };
  const { q = '', ...listing } = listingOf(new URLSearchParams(search));
  if (page === 'category' && name) return { page, name, listing };
  if (page === 'search') return { page, query: q, listing };
  return { page: 'nowhere' };
}

function listingOf(asked: URLSearchParams): Listing & { q?: string } {
  const { q, sort, page, ...others } = Object.fromEntries(asked);
  const marked = Object.keys(others).filter((name) => name.startsWith(filterMark));
  const filters = Object.fromEntries(
    marked.map((name) => [name.slice(filterMark.length), asked.getAll(name)]),
  );
  return {
    ...(q !== undefined && { q }),
    sort: sorts.find((each) => each === sort) ?? 'relevance',
    page: Math.min(100_000, Math.max(1, Math.trunc(Number(page)) || 1)),
    filters,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Where a page was left: how far down, and on which link. */
interface Place {
  y: number;
  link?: string;
}
const placesKept = 50;
const placesName = `endcap.places.${about.base}`;
const places = new Map<string, Place>(readPlaces());
let entry = (history.state as { entry?: string } | null)?.entry ?? '';

/** The page shown, and the place to go back to in it where it was shown before. */
const shown = createStore<{ route: Route; place: Place | undefined }>({
  route: parseRoute(location),
  place: places.get(entry),
});

export const useRoute = (): Route => useStore(shown).route;
export const usePlace = (): Place | undefined => useStore(shown).place;

export function navigate(path: string): void {
  if (path === location.pathname + location.search) {
    scrollTo(0, 0);
    return;
  }
  leave();
  entry = newEntry();
  history.pushState({ entry }, '', path);
  shown.set({ route: parseRoute(location), place: undefined });
}

/** Takes links within the shop, and Back and Forward, without loading the page anew. */
export function startRouting(): void {
  history.scrollRestoration = 'manual';
  if (entry === '') {
    entry = newEntry();
    history.replaceState({ entry }, '');
  }
  addEventListener('click', (event) => {
    const link = (event.target as Element).closest?.('a');
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !plain || event.defaultPrevented || link.target || link.origin !== location.origin) return;
    if (!link.pathname.startsWith(`${about.base}/`)) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
  addEventListener('popstate', () => {
    leave();
    entry = (history.state as { entry?: string } | null)?.entry ?? newEntry();
    shown.set({ route: parseRoute(location), place: places.get(entry) });
  });
  addEventListener('pagehide', leave);
}

function leave(): void {
  const link = document.activeElement?.closest('main a')?.getAttribute('href');
  places.delete(entry);
  places.set(entry, { y: scrollY, ...(link && { link }) });
  if (places.size > placesKept) places.delete(places.keys().next().value!);
  try {
    sessionStorage.setItem(placesName, JSON.stringify([...places]));
  } catch {
    // Without storage places last as long as the page.
  }
}

function readPlaces(): [string, Place][] {
  try {
    return JSON.parse(sessionStorage.getItem(placesName) ?? '[]') as [string, Place][];
  } catch {
    return [];
  }
}

const newEntry = (): string => Math.random().toString(36).slice(2);
