import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { formatPrice, tidyTitle } from '../format.js';
import { itemPath } from '../router.js';
import { settings } from '../state/settings.js';
import { items, loadItem, offersNow, shop } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';

interface Shown {
  id: string;
  item: string;
  title: string;
  price: string;
  full: string;
}

/** The offers of this shopper for what they looked at; not on the page of the product itself. */
export function Offers({ besides }: { besides?: string }): JSX.Element {
  const { language } = useStore(settings);
  const say = words[language];
  const { version, shopper } = useStore(shop);
  const [offers, setOffers] = useState<Shown[]>([]);

  useEffect(() => {
    let current = true;
    offersNow()
      .then(async (given) => {
        const shown = await Promise.all(
          given.map(async ({ id, item, price, fullPrice }) => {
            const known = items.get(item) ?? (await loadItem(item));
            const text = (amount: number): string => formatPrice(amount, known.currency, language);
            return {
              id,
              item,
              title: tidyTitle(known.title ?? item),
              price: text(price),
              full: text(fullPrice),
            };
          }),
        );
        if (current) setOffers(shown);
      })
      // A shop without offers shows none: nothing is missing on the page.
      .catch(() => current && setOffers([]));
    return () => {
      current = false;
    };
  }, [version, shopper, language]);

  const shown = offers.filter(({ item }) => item !== besides);
  // The place is kept where there are none: an offer that comes late moves nothing.
  if (shown.length === 0) return <div class="offers" />;
  return (
    <section class="offers" aria-label={say.offers}>
      {shown.map(({ id, item, title, price, full }) => (
        <p key={id} class="offer">
          <b>{say.offer(price)}</b> <span class="visually-hidden">{say.insteadOfPrice}</span> <s>{full}</s>{' '}
          <a href={itemPath(item)}>{title}</a>
        </p>
      ))}
    </section>
  );
}
