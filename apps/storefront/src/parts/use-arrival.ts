import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { usePlace, useRoute } from '../router.js';

/** How long a page that fills itself may take until the place in it is found again, ms. */
const patienceMs = 4_000;

/**
 * A new page starts at its top, and the keyboard and screen reader start at its heading; a page that is come back to is
 * as it was left.
 */
export function useArrival(main: RefObject<HTMLElement | null>): void {
  const route = useRoute();
  const place = usePlace();
  const path = JSON.stringify(route);
  const before = useRef(path);

  useLayoutEffect(() => {
    if (place) return returnTo(place.y);
    if (before.current !== path) scrollTo(0, 0);
    return undefined;
  }, [path, place]);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    const left = place?.link;
    const links = [...(main.current?.querySelectorAll<HTMLElement>('a') ?? [])];
    const goal = links.find((link) => left !== undefined && link.getAttribute('href') === left);
    (goal ?? main.current?.querySelector<HTMLElement>('h1'))?.focus({ preventScroll: true });
  }, [path, place]);
}

/** Scrolls there as soon as the page is long enough, unless the shopper scrolls first. Returns how to stop. */
function returnTo(y: number): () => void {
  const stop = new AbortController();
  const look = (): void => {
    if (stop.signal.aborted) return;
    scrollTo(0, y);
    if (Math.abs(scrollY - y) < 2) stop.abort();
  };
  const grown = new ResizeObserver(look);
  grown.observe(document.body);
  for (const own of ['wheel', 'touchstart', 'keydown', 'pointerdown'])
    addEventListener(own, () => stop.abort(), { signal: stop.signal, passive: true });
  const timer = setTimeout(() => stop.abort(), patienceMs);
  stop.signal.addEventListener('abort', () => {
    grown.disconnect();
    clearTimeout(timer);
  });
  look();
  return () => stop.abort();
}
