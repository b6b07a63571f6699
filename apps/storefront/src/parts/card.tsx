import type { JSX } from 'preact';
import type { Item } from '../../../../packages/client/src/index.js';
import { Tile } from '../art/tile.js';
import { tidyTitle } from '../format.js';
import { itemPath } from '../router.js';
import { settings } from '../state/settings.js';
import { addToCart, clicked, hindrance } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';
import { Icon } from './icon.js';
import { Price } from './price.js';

export interface CardProps {
  item: Item;
  /** Id of the recommendation or search that shows it. */
  shownBy: string;
  fresh?: boolean;
  /** Why it is here, where the shelf does not say so already. */
  why?: string;
}

/** One item on a shelf or in a list: picture, title, price, and why it is here. */
export function Card({ item, shownBy, fresh = false, why }: CardProps): JSX.Element {
  const say = words[useStore(settings).language];
  const title = tidyTitle(item.title ?? item.id);
  return (
    <li class="card" data-id={item.id}>
      <a class="card-link" href={itemPath(item.id)} onClick={() => clicked(item.id, shownBy)}>
        <span class="picture">
          <Tile id={item.id} title={item.title ?? item.id} image={item.image} />
          {fresh && <span class="badge">{say.fresh}</span>}
        </span>
        <span class="card-title">{title}</span>
      </a>
      <div class="card-foot">
        <Price item={item} />
        {hindrance(item) === undefined && (
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
        <p class="why">
          <Icon name="spark" />
          <span>{why}</span>
        </p>
      )}
    </li>
  );
}
