import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { formatLatency, formatTime, tidyTitle } from '../format.js';
import { settings, showPanel } from '../state/settings.js';
import { type FeedEntry, items, shop } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { type Words, words } from '../state/words.js';
import { Icon, type IconName } from './icon.js';

const icons: Record<string, IconName> = {
  view: 'view',
  click: 'click',
  impression: 'spark',
  search: 'search',
  add_to_cart: 'plus',
  remove_from_cart: 'minus',
  purchase: 'bag',
};

/** Beside the shop on wide screens, a sheet on small ones: the events of this page as they reach the log. */
export function Panel(): JSX.Element | null {
  const { language, panel } = useStore(settings);
  const { feed, written } = useStore(shop);
  const say = words[language];
  const median = medianLatency(feed);
  // It goes away on Escape, and the keyboard goes on from its button.
  useEffect(() => {
    if (!panel) return;
    const press = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') leave();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [panel]);
  if (!panel) return null;
  return (
    <aside id="panel" class="panel" aria-label={say.panel}>
      <div class="panel-head">
        <Icon name="pulse" />
        <h2>{say.panel}</h2>
        <button type="button" class="tool tool-icon" aria-label={say.close} onClick={leave}>
          <Icon name="close" />
        </button>
      </div>
      <p class="panel-text">{say.panelText}</p>
      <dl class="panel-figures">
        <div>
          <dt>{say.eventsWritten}</dt>
          <dd>{written}</dd>
        </div>
        <div>
          <dt>{say.median}</dt>
          <dd>{median === undefined ? '–' : formatLatency(median, language)}</dd>
        </div>
      </dl>
      {feed.length === 0 && <p class="panel-text">{say.panelEmpty}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <ol class="feed" tabIndex={0} aria-label={say.panel}>
        {feed.map((entry) => (
          <li key={entry.event.id} class={`feed-row feed-${entry.status}`} data-type={entry.event.type}>
            <Icon name={icons[entry.event.type] ?? 'spark'} />
            <span class="feed-what">
              <b>{say.events[entry.event.type] ?? entry.event.type}</b>{' '}
              <span class="feed-items">{itemsOf(entry, say)}</span>
            </span>
            <span class="feed-state">
              <span class="feed-status">{say[entry.status]}</span>
              {entry.latency !== undefined && entry.event.type !== 'impression' && (
                <span>{formatLatency(entry.latency, language)}</span>
              )}
              {entry.offset !== undefined && <span>{say.offset(entry.offset)}</span>}
              <time dateTime={new Date(entry.event.time).toISOString()}>
                {formatTime(entry.event.time, language)}
              </time>
            </span>
          </li>
        ))}
      </ol>
    </aside>
  );
}

function leave(): void {
  showPanel(false);
  document.querySelector<HTMLElement>('.panel-toggle')?.focus({ preventScroll: true });
}

function itemsOf({ event }: FeedEntry, say: Words): string {
  if (event.query !== undefined) return event.query;
  const [first, ...others] = event.items;
  if (first === undefined) return '';
  return others.length > 0
    ? say.panelItems(event.items.length)
    : tidyTitle(items.get(first.id)?.title ?? first.id);
}

/** Impressions wait for company before they are sent, so their latency says nothing about the server. */
function medianLatency(feed: readonly FeedEntry[]): number | undefined {
  const times = feed
    .filter((entry) => entry.status === 'accepted' && entry.event.type !== 'impression')
    .flatMap((entry) => entry.latency ?? [])
    .sort((a, b) => a - b);
  return times[times.length >> 1];
}
