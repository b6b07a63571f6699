import type { JSX } from 'preact';
import type { FoundItem, Spans } from '../../../../packages/client/src/index.js';
import { Tile } from '../art/tile.js';
import { tidyCase } from '../format.js';
import { itemPath } from '../router.js';
import { settings } from '../state/settings.js';
import { clicked } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';
import { Price } from './price.js';

/** One found item: what matched is marked, and what it has to do with this shopper, and if it stands higher, from where. */
export function Hit({
  found,
  place,
  searchId,
}: {
  found: FoundItem;
  /** From 1. */
  place: number;
  searchId: string;
}): JSX.Element {
  const say = words[useStore(settings).language];
  const { id, item, highlights, lift } = found;
  const title = item.title ?? id;
  return (
    <li class="hit" data-id={id} data-lifted={lift ? true : undefined}>
      <a class="hit-link" href={itemPath(id)} onClick={() => clicked(id, searchId)}>
        <span class="hit-picture">
          <Tile id={id} title={title} image={item.image} />
        </span>
        <span class="hit-title">
          <Marked text={title} spans={highlights.title ?? []} />
        </span>
      </a>
      <Price item={item} />
      {lift && (
        <p class="lift">
          {lift.from > place ? `${say.lifted(lift.from)}: ` : ''}
          {lift.reasons.map(({ kind }) => say.lifts[kind]).join(' · ')}
        </p>
      )}
    </li>
  );
}

function Marked({ text, spans }: { text: string; spans: Spans }): JSX.Element {
  const shown = tidyCase(text);
  const parts: (string | JSX.Element)[] = [];
  let at = 0;
  for (const [start, end] of spans) {
    parts.push(shown.slice(at, start), <mark key={start}>{shown.slice(start, end)}</mark>);
    at = end;
  }
  return (
    <>
      {parts}
      {shown.slice(at)}
    </>
  );
}
