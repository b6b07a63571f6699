import type { JSX } from 'preact';
import type { Item } from '../../../../packages/client/src/index.js';
import { formatPrice } from '../format.js';
import { settings } from '../state/settings.js';
import { hindrance, priceOf, shop } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';

/** What an item costs now, and before where that was more; in a word why it cannot be had where it cannot. */
export function Price({ item }: { item: Item }): JSX.Element {
  const { language } = useStore(settings);
  const say = words[language];
  useStore(shop);
  const price = priceOf(item);
  const reduced = price !== undefined && item.price !== undefined && price < item.price;
  const why = hindrance(item);
  return (
    <span class="price">
      {price !== undefined && formatPrice(price, item.currency, language)}
      {reduced && (
        <>
          {' '}
          <span class="visually-hidden">{say.insteadOfPrice}</span>{' '}
          <s>{formatPrice(item.price ?? 0, item.currency, language)}</s>
        </>
      )}
      {why && <span class="price-none">{why === 'out' ? say.cardOut : say.cardNoPrice}</span>}
    </span>
  );
}
