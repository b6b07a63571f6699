import type { JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';
import { Card } from './card.js';
import { Icon } from './icon.js';
import { useFlip } from './use-flip.js';
import { useImpressions } from './use-impressions.js';
import { type ShelfRequest, useRecommendations } from './use-recommendations.js';

export interface ShelfProps {
  /** Name for styles and tests: for-you, trending, goes-with, … */
  name: string;
  title: string;
  text: string;
  request: ShelfRequest;
  /** A grid of rows, or one row that scrolls. */
  layout: 'grid' | 'row';
}

/** A shelf that asks for its items, rearranges itself when the shopper acts, and says so to screen readers. */
export function Shelf({ name, title, text, request, layout }: ShelfProps): JSX.Element {
  const say = words[useStore(settings).language];
  const { status, response, fresh, retry } = useRecommendations(request);
  const list = useRef<HTMLUListElement>(null);
  const heading = useId();
  const items = response?.items ?? [];
  const order = items.map((item) => item.id).join(' ');
  useFlip(list, order);
  useImpressions(list, response?.recommendationId);

  useEffect(() => list.current?.scrollTo({ left: 0, behavior: 'smooth' }), [order]);
  const scroll = (direction: number) => () =>
    list.current?.scrollBy({ left: direction * list.current.clientWidth * 0.8, behavior: 'smooth' });

  return (
    <section class={`shelf shelf-${layout}`} data-shelf={name} data-status={status} aria-labelledby={heading}>
      <header class="shelf-head">
        <div>
          <h2 id={heading}>{title}</h2>
          <p>{text}</p>
        </div>
        {layout === 'row' && items.length > 0 && (
          <div class="shelf-arrows">
            <button type="button" aria-label={`${title}: ${say.previous}`} onClick={scroll(-1)}>
              <Icon name="left" />
            </button>
            <button type="button" aria-label={`${title}: ${say.next}`} onClick={scroll(1)}>
              <Icon name="right" />
            </button>
          </div>
        )}
      </header>
      <p class="visually-hidden" aria-live="polite">
        {fresh.size > 0 ? say.shelfChanged(title, fresh.size) : ''}
      </p>
      {status === 'failed' && (
        <p class="notice" role="alert">
          {say.failed}{' '}
          <button type="button" onClick={retry}>
            {say.retry}
          </button>
        </p>
      )}
      {status === 'ready' && items.length === 0 && <p class="notice">{say.empty}</p>}
      <ul class="cards" ref={list} aria-busy={status === 'loading'}>
        {response
          ? items.map((shown) => (
              <Card
                key={shown.id}
                shown={shown}
                recommendationId={response.recommendationId}
                fresh={fresh.has(shown.id)}
              />
            ))
          : status === 'loading' &&
            placeholders.map((n) => <li key={n} class="card card-waiting" aria-hidden="true" />)}
      </ul>
    </section>
  );
}

const placeholders = [0, 1, 2, 3, 4];
