import type { Event } from '../../../src/core/index.js';
import { requestHeaders, type TransportOptions } from './transport.js';

/** Browsers refuse beacons and keep-alive requests above 64 KiB in flight. */
const beaconBytes = 60_000;
/** Events that the server takes at a time of a page with a key. */
const keyedEvents = 100;

/**
 * Hands events to the browser to deliver after the page is gone. A beacon carries no key and to another origin it
 * carries cookies, which the server does not allow, so there it is a keep-alive request. The outcome is unknown
 * either way: the events stay queued meanwhile.
 */
export function sendOnLeave(
  url: string,
  { key, token }: Pick<TransportOptions, 'key' | 'token'>,
  events: readonly Event[],
): void {
  const body = JSON.stringify(fitting(events, key === undefined ? Number.POSITIVE_INFINITY : keyedEvents));
  const own = new URL(url, location.href).origin === location.origin;
  if (key === undefined && own) {
    navigator.sendBeacon(url, new Blob([body], { type: 'application/json' }));
    return;
  }
  // A token that has to be asked for would come too late.
  const ready = typeof token === 'string' ? token : undefined;
  const request = {
    method: 'POST',
    headers: requestHeaders({ key, token: ready }, true),
    body,
    keepalive: true,
  };
  void fetch(url, request).catch(() => undefined);
}

/** The newest events that fit: they are what this visit would otherwise lose sight of. */
function fitting(events: readonly Event[], most: number): Event[] {
  let bytes = 0;
  let first = events.length;
  while (first > 0 && events.length - first < most) {
    bytes += new TextEncoder().encode(JSON.stringify(events[first - 1])).length + 1;
    if (bytes > beaconBytes) break;
    first--;
  }
  return events.slice(first);
}

/** Calls `leave` whenever the page may be about to go; returns how to stop. Does nothing outside a browser. */
export function onLeave(leave: () => void): () => void {
  if (typeof document === 'undefined' || typeof addEventListener === 'undefined') return () => {};
  const hidden = (): void => {
    if (document.visibilityState === 'hidden') leave();
  };
  addEventListener('pagehide', leave);
  document.addEventListener('visibilitychange', hidden);
  return () => {
    removeEventListener('pagehide', leave);
    document.removeEventListener('visibilitychange', hidden);
  };
}
