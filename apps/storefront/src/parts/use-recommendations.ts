import { useEffect, useRef, useState } from 'preact/hooks';
import type { RecommendResponse, Scenario } from '../../../../packages/client/src/index.js';
import { recommend, shop } from '../state/shop.js';
import { useStore } from '../state/store.js';

export interface ShelfRequest {
  scenario: Scenario;
  item?: string;
  items?: string[];
  count?: number;
  exclude?: string[];
}

export interface ShelfState {
  status: 'loading' | 'ready' | 'failed';
  response?: RecommendResponse;
  /** Items that were not on this shelf before the last change; empty for the first filling. */
  fresh: ReadonlySet<string>;
  retry: () => void;
}

/** Asks for a shelf, and again whenever this shopper did something; a late answer never replaces a newer one. */
export function useRecommendations(request: ShelfRequest): ShelfState {
  const { version, shopper } = useStore(shop);
  const [tries, setTries] = useState(0);
  const [state, setState] = useState<Omit<ShelfState, 'retry'>>({ status: 'loading', fresh: new Set() });
  const latest = useRef(0);
  const question = JSON.stringify(request);

  useEffect(() => {
    const turn = ++latest.current;
    recommend(JSON.parse(question) as ShelfRequest).then(
      (response) => {
        if (turn === latest.current)
          setState((before) => ({ status: 'ready', response, fresh: newcomers(before.response, response) }));
      },
      () => {
        if (turn === latest.current) setState((before) => ({ ...before, status: 'failed' }));
      },
    );
    return () => {
      latest.current++;
    };
  }, [question, version, shopper, tries]);

  return { ...state, retry: () => setTries(tries + 1) };
}

function newcomers(before: RecommendResponse | undefined, after: RecommendResponse): ReadonlySet<string> {
  if (before === undefined) return new Set();
  const known = new Set(before.items.map((item) => item.id));
  return new Set(after.items.map((item) => item.id).filter((id) => !known.has(id)));
}
