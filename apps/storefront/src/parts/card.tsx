import type { JSX } from 'preact';
import type { RecommendedItem } from '../../../../packages/client/src/index.js';
import { Tile } from '../art/tile.js';
import { formatPrice, tidyTitle } from '../format.js';
import { explain } from '../reason.js';
import { itemPath } from '../router.js';
import { settings } from '../state/settings.js';
import { addToCart, clicked, isForSale } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';
import { Icon } from './icon.js';

export interface CardProps {
  shown: RecommendedItem;
  recommendationId: string;
  fresh: boolean;
}

/** One item on a shelf: picture, title, price, and why it is here. */
export function Card({ shown, recommendationId, fresh }: CardProps): JSX.Element {
  const { language } = useStore(settings);
  const say = words[language];
  const item = shown.item ?? { id: shown.id };
  const title = tidyTitle(item.title ?? shown.id);
  const why = explain(shown.reason, say);
  return (
    <li class="card" data-id={shown.id}>
      <a class="card-link" href={itemPath(shown.id)} onClick={() => clicked(shown.id, recommendationId)}>
        <span class="picture">
          <Tile id={shown.id} title={item.title ?? shown.id} image={item.image} />
          {fresh && <span class="badge">{say.fresh}</span>}
        </span>
        <span class="card-title" lang="en">
          {title}
        </span>
      </a>
      <div class="card-foot">
        <span class="price">
          {item.price !== undefined && formatPrice(item.price, item.currency ?? 'GBP', language)}
        </span>
        {isForSale(item) && (
          <button
            type="button"
            class="add"
            aria-label={say.addNamed(title)}
            title={say.add}
            onClick={() => addToCart(item, 1)}
          >
            <Icon name="plus" />
          </button>
        )}
      </div>
      {why && (
        <p class={`why why-${shown.reason?.kind}`}>
          <Icon name="spark" />
          <span>{why}</span>
        </p>
      )}
    </li>
  );
}
