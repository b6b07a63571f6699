import type { QueueStorage } from '../../../../packages/client/src/index.js';
import { about } from './about.js';

/** Several shops may share one origin: each has names of its own. */
const prefix = `endcap.shop.${about.base}.`;

/** What a browser remembers of this shop between visits; forgets nothing but works without storage too. */
export function recall<T>(name: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(prefix + name);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

export function remember(name: string, value: unknown): void {
  try {
    localStorage.setItem(prefix + name, JSON.stringify(value));
  } catch {
    // Private windows may refuse: the choice then lasts as long as the page.
  }
}

/** Where unsent events wait: an event of one shop is never sent to another. Undefined where there is no storage. */
export function queueStorage(): QueueStorage | undefined {
  try {
    const { localStorage } = globalThis;
    const own = (): string[] => Object.keys(localStorage).filter((name) => name.startsWith(prefix));
    return {
      get length() {
        return own().length;
      },
      key: (at) => own()[at]?.slice(prefix.length) ?? null,
      getItem: (name) => localStorage.getItem(prefix + name),
      setItem: (name, value) => localStorage.setItem(prefix + name, value),
      removeItem: (name) => localStorage.removeItem(prefix + name),
    };
  } catch {
    return undefined;
  }
}
