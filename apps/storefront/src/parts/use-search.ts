import { useEffect, useRef, useState } from 'preact/hooks';
import type { SearchRequest, SearchResponse } from '../../../../packages/client/src/index.js';
import { connection } from '../state/connection.js';
import { search, shop } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { LastAnswers } from './last-answers.js';

/** A page that is come back to is filled at once, as it was, and then brought up to date. */
const lastAnswers = new LastAnswers<SearchAnswer>();

export interface SearchAnswer {
  status: 'loading' | 'ready' | 'failed';
  /** The last answer: it stays while the next is under way. */
  response?: SearchResponse;
}

/** Searches, and again whenever this shopper did something; a late answer never replaces a newer one. */
export function useSearch(request: Omit<SearchRequest, 'user'>): SearchAnswer {
  const { version, shopper } = useStore(shop);
  const { attempt } = useStore(connection);
  const question = JSON.stringify(request);
  const [{ to, ...answer }, setAnswer] = useState<SearchAnswer & { to: string }>(() => ({
    to: question,
    ...(lastAnswers.of(question, shopper) ?? { status: 'loading' }),
  }));
  const latest = useRef(0);

  useEffect(() => {
    const turn = ++latest.current;
    search(JSON.parse(question) as SearchRequest).then(
      (response) => {
        lastAnswers.keep(question, shopper, { status: 'ready', response });
        if (turn === latest.current) setAnswer({ to: question, status: 'ready', response });
      },
      () => turn === latest.current && setAnswer((before) => ({ ...before, to: question, status: 'failed' })),
    );
  }, [question, version, shopper, attempt]);
  // What was asked before is no answer to this: it stays to be seen until the one that is under way is here.
  return to === question ? answer : { ...answer, status: 'loading' };
}
