import { useEffect, useState } from 'preact/hooks';

/** Pages live behind the hash, so that any static server can hold them. */
export type Route =
  | { page: 'home' }
  | { page: 'basket' }
  | { page: 'item'; id: string }
  | { page: 'search'; query: string };

export const itemPath = (id: string): string => `#/item/${encodeURIComponent(id)}`;

export const searchPath = (query: string): string => `#/search/${encodeURIComponent(query)}`;

export function parseRoute(hash: string): Route {
  const [, page, id] = hash.split('/');
  if (page === 'basket') return { page };
  if (page === 'item' && id) return { page, id: decode(id) };
  if (page === 'search') return { page, query: decode(id ?? '') };
  return { page: 'home' };
}

export function useRoute(): Route {
  const [route, setRoute] = useState(parseRoute(location.hash));
  useEffect(() => {
    const change = (): void => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  return route;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
