import { useEffect, useRef, useState } from 'preact/hooks';
import type { RecommendResponse, Scenario } from '../../../../packages/client/src/index.js';
import { connection } from '../state/connection.js';
import { recommend, shop } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { LastAnswers } from './last-answers.js';

export interface ShelfRequest {
  scenario: Scenario;
  item?: string;
  items?: string[];
  count: number;
  exclude?: string[];
}

/** A page that is come back to is filled at once, as it was, and then brought up to date. */
const lastAnswers = new LastAnswers<Answer>();

export interface Answer {
  status: 'loading' | 'ready' | 'failed';
  /** The last answer: it stays while the next is under way, and when that one fails. */
  response?: RecommendResponse;
}

/** Asks for a shelf, and again whenever this shopper did something; a late answer never replaces a newer one. */
export function useRecommendations(request: ShelfRequest): Answer {
  const { version, shopper } = useStore(shop);
  const { attempt } = useStore(connection);
  const question = JSON.stringify(request);
  const [answer, setAnswer] = useState<Answer>(
    () => lastAnswers.of(question, shopper) ?? { status: 'loading' },
  );
  const latest = useRef(0);

  useEffect(() => {
    const turn = ++latest.current;
    recommend(JSON.parse(question) as ShelfRequest).then(
      (response) => {
        lastAnswers.keep(question, shopper, { status: 'ready', response });
        if (turn === latest.current) setAnswer({ status: 'ready', response });
      },
      () => {
        if (turn === latest.current) setAnswer((before) => ({ ...before, status: 'failed' }));
      },
    );
    return () => {
      latest.current++;
    };
  }, [question, version, shopper, attempt]);

  return answer;
}

/** Whether it is known what a shelf shows: until then what is below it is not there, so that nothing below moves. */
export const settled = ({ status, response }: Answer): boolean =>
  response !== undefined || status === 'failed';

/** The first `count` items that no shelf above shows: a page shows nothing twice. It waits for the shelves above. */
export function besides(answer: Answer, above: readonly Answer[], count: number): Answer {
  if (answer.response === undefined) return answer;
  if (above.some(({ status, response }) => status === 'loading' && response === undefined))
    return { status: 'loading' };
  const shown = new Set(above.flatMap(({ response }) => response?.items ?? []).map(({ id }) => id));
  const items = answer.response.items.filter(({ id }) => !shown.has(id)).slice(0, count);
  return { ...answer, response: { ...answer.response, items } };
}
