import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatLatency, formatTime, tidyTitle } from '../format.js';
import { settings } from '../state/settings.js';
import { type FeedEntry, items, shop } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { type Words, words } from '../state/words.js';
import { Icon, type IconName } from './icon.js';

const icons: Record<string, IconName> = {
  view: 'view',
  click: 'click',
  impression: 'spark',
  add_to_cart: 'plus',
  remove_from_cart: 'minus',
  purchase: 'bag',
};
const wide = matchMedia('(min-width: 75rem)');

/** Beside the shop on wide screens, a sheet on small ones: the events of this page as they reach the log. */
export function Panel(): JSX.Element {
  const { language } = useStore(settings);
  const { feed, written } = useStore(shop);
  const [open, setOpen] = useState(wide.matches);
  const say = words[language];
  const median = medianLatency(feed);
  const toggle = useRef<HTMLButtonElement>(null);
  // A window that becomes narrow would find its shop under the sheet.
  useEffect(() => {
    const fit = (): void => setOpen(wide.matches);
    wide.addEventListener('change', fit);
    return () => wide.removeEventListener('change', fit);
  }, []);
  // A sheet over the shop goes away on Escape, and the keyboard goes on from its button.
  useEffect(() => {
    if (!open || wide.matches) return;
    const close = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      setOpen(false);
      toggle.current?.focus();
    };
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, [open]);
  return (
    <aside class={`panel ${open ? 'panel-open' : ''}`} aria-label={say.panel}>
      <button
        type="button"
        class="panel-toggle"
        ref={toggle}
        aria-expanded={open}
        aria-controls="panel-body"
        onClick={() => setOpen(!open)}
      >
        <Icon name="pulse" />
        <span class="panel-word">{say.panel}</span>
        <span class="panel-count">{written}</span>
        <Icon name={open ? 'close' : 'left'} />
      </button>
      <div id="panel-body" class="panel-body" hidden={!open}>
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
      </div>
    </aside>
  );
}

function itemsOf({ event }: FeedEntry, say: Words): string {
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
