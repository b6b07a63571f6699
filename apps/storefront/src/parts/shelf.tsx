import type { JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { explain, saidOnce } from '../reason.js';
import { askAgain, connection } from '../state/connection.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';
import { Card } from './card.js';
import { Icon } from './icon.js';
import { useEdges } from './use-edges.js';
import { useFlip } from './use-flip.js';
import { useImpressions } from './use-impressions.js';
import { useNewcomers } from './use-newcomers.js';
import type { Answer } from './use-recommendations.js';

export interface ShelfProps {
  /** Name for styles and tests: for-you, trending, goes-with, … */
  name: string;
  title: string;
  text: string;
  answer: Answer;
  /** A grid of rows, or one row that scrolls. */
  layout: 'grid' | 'row';
  /** Cards that are waited for. */
  expected?: number;
}

/** A shelf that shows an answer, rearranges itself when another comes, and says so to screen readers. */
export function Shelf({ name, title, text, answer, layout, expected = 10 }: ShelfProps): JSX.Element | null {
  const say = words[useStore(settings).language];
  const { away } = useStore(connection);
  const { response } = answer;
  // While the server is away the page says so once, and the shelf goes on waiting.
  const status = answer.status === 'failed' && away ? 'loading' : answer.status;
  const list = useRef<HTMLUListElement>(null);
  const heading = useId();
  const items = response?.items ?? [];
  const said = saidOnce(items, say);
  const ids = items.map((item) => item.id);
  const order = ids.join(' ');
  const fresh = useNewcomers(ids);
  const edges = useEdges(list, order);
  useFlip(list, order);
  useImpressions(list, response, order);

  // A new order is looked at from its start.
  useEffect(() => list.current?.scrollTo({ left: 0 }), [order]);
  const scroll = (direction: number) => () =>
    list.current?.scrollBy({ left: direction * list.current.clientWidth * 0.8 });

  // A row with nothing in it is no help to a shopper; the grid is the page itself.
  if (layout === 'row' && status === 'ready' && items.length === 0) return null;
  return (
    <section class={`shelf shelf-${layout}`} data-shelf={name} data-status={status} aria-labelledby={heading}>
      <header class="shelf-head">
        <div>
          <h2 id={heading}>{title}</h2>
          <p class="shelf-why">{said?.text ?? text}</p>
        </div>
        {layout === 'row' && items.length > 0 && !(edges.start && edges.end) && (
          <div class="shelf-arrows">
            <button
              type="button"
              aria-label={say.previous(title)}
              aria-disabled={edges.start}
              onClick={scroll(-1)}
            >
              <Icon name="left" />
            </button>
            <button type="button" aria-label={say.next(title)} aria-disabled={edges.end} onClick={scroll(1)}>
              <Icon name="right" />
            </button>
          </div>
        )}
      </header>
      <p class="visually-hidden" aria-live="polite">
        {fresh.size > 0 ? say.shelfChanged(title, fresh.size) : ''}
      </p>
      {status === 'failed' && items.length === 0 && (
        <p class="notice">
          {say.shelfFailed}{' '}
          <button type="button" onClick={askAgain}>
            {say.retry}
          </button>
        </p>
      )}
      {status === 'ready' && items.length === 0 && <p class="notice">{say.empty}</p>}
      <ul class="cards" ref={list} data-more={edges.end ? undefined : true} aria-busy={status === 'loading'}>
        {response
          ? items.map((shown) => (
              <Card
                key={shown.id}
                item={shown.item ?? { id: shown.id }}
                shownBy={response.recommendationId}
                fresh={fresh.has(shown.id)}
                {...(!said?.same(shown.reason) && { why: explain(shown.reason, say) })}
              />
            ))
          : status === 'loading' &&
            Array.from({ length: expected }, (_, n) => (
              <li key={n} class="card card-waiting" aria-hidden="true" />
            ))}
      </ul>
    </section>
  );
}
