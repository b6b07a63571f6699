import { useEffect, useRef, useState } from 'preact/hooks';
import type { SearchRequest, SearchResponse } from '../../../../packages/client/src/index.js';
import { connection } from '../state/connection.js';
import { search, shop } from '../state/shop.js';
import { useStore } from '../state/store.js';

export interface SearchAnswer {
  status: 'loading' | 'ready' | 'failed';
  /** The last answer: it stays while the next is under way. */
  response?: SearchResponse;
}

/** Searches, and again whenever this shopper did something; a late answer never replaces a newer one. */
export function useSearch(request: Omit<SearchRequest, 'user'>): SearchAnswer {
  const { version, shopper } = useStore(shop);
  const { attempt } = useStore(connection);
  const [answer, setAnswer] = useState<SearchAnswer>({ status: 'loading' });
  const latest = useRef(0);
  const question = JSON.stringify(request);

  useEffect(() => {
    const turn = ++latest.current;
    search(JSON.parse(question) as SearchRequest).then(
      (response) => turn === latest.current && setAnswer({ status: 'ready', response }),
      () => turn === latest.current && setAnswer((before) => ({ ...before, status: 'failed' })),
    );
  }, [question, version, shopper, attempt]);
  return answer;
}
