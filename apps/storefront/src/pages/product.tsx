import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { EndcapApiError, type Item } from '../../../../packages/client/src/index.js';
import { Tile } from '../art/tile.js';
import { tidyTitle } from '../format.js';
import { Icon } from '../parts/icon.js';
import { Price } from '../parts/price.js';
import { Shelf } from '../parts/shelf.js';
import { Stepper } from '../parts/stepper.js';
import { usePageTitle } from '../parts/use-page-title.js';
import { besides, settled, useRecommendations } from '../parts/use-recommendations.js';
import { forYouText } from '../reason.js';
import { basketPath, categoryPath, homePath } from '../router.js';
import { stepsOf } from '../state/categories.js';
import { connection } from '../state/connection.js';
import { settings } from '../state/settings.js';
import { addToCart, hindrance, items, loadItem, viewed } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { type Words, words } from '../state/words.js';
import { Nowhere } from './nowhere.js';

export function Product({ id }: { id: string }): JSX.Element {
  const { item, missing } = useItem(id);
  usePageTitle(item?.title ? tidyTitle(item.title) : id);
  if (missing) return <Nowhere item={id} />;
  return (
    <>
      <Details key={id} id={id} item={item} />
      <Related key={`around-${id}`} id={id} />
    </>
  );
}

/** What is known of the item already, then what the server says. Once there is something to see, it is viewed. */
function useItem(id: string): { item: Item | undefined; missing: boolean } {
  const { attempt } = useStore(connection);
  const [answer, setAnswer] = useState<{ id: string; item?: Item }>();
  const current = answer?.id === id ? answer : undefined;
  const item = current?.item ?? items.get(id);
  const loaded = current?.item !== undefined;
  const visible = item !== undefined;
  useEffect(() => {
    if (item) viewed(item);
  }, [id, visible]);
  // Another attempt is a reason to ask again.
  useEffect(() => {
    if (loaded) return;
    let stale = false;
    loadItem(id).then(
      (found) => {
        if (!stale) setAnswer({ id, item: found });
      },
      (error: unknown) => {
        if (!stale && error instanceof EndcapApiError && error.status === 404) setAnswer({ id });
      },
    );
    return () => {
      stale = true;
    };
  }, [id, attempt, loaded]);
  return { item, missing: current !== undefined && !loaded };
}

function Related({ id }: { id: string }): JSX.Element {
  const say = words[useStore(settings).language];
  const goesWith = useRecommendations({ scenario: 'complement', item: id, count: 10 });
  const insteadOf = useRecommendations({ scenario: 'similar', item: id, count: 10 });
  const forYou = useRecommendations({ scenario: 'home', count: 30, exclude: [id] });
  return (
    <>
      <Shelf name="goes-with" title={say.goesWith} text={say.goesWithText} answer={goesWith} layout="row" />
      {settled(goesWith) && (
        <Shelf
          name="instead-of"
          title={say.insteadOf}
          text={say.insteadOfText}
          answer={insteadOf}
          layout="row"
        />
      )}
      {settled(goesWith) && settled(insteadOf) && (
        <Shelf
          name="for-you"
          title={say.forYou}
          text={forYouText(forYou.response, say)}
          answer={besides(forYou, [goesWith, insteadOf], 10)}
          layout="row"
        />
      )}
    </>
  );
}

function Details({ id, item }: { id: string; item: Item | undefined }): JSX.Element {
  const say = words[useStore(settings).language];
  const [quantity, setQuantity] = useState(1);
  const [added, setAdded] = useState(false);
  const title = tidyTitle(item?.title ?? id);
  const why = item && hindrance(item);
  const steps = item?.category ? stepsOf(item.category) : [];
  return (
    <article class="product" aria-busy={item === undefined}>
      <div class="picture picture-large">
        <Tile id={id} title={item?.title ?? ''} image={item?.image} />
      </div>
      <div class="product-text">
        <p class="crumbs">
          <a href={homePath}>{say.home}</a>
          {steps.map((step) => (
            <a key={step.name} href={categoryPath(step.name)}>
              {step.label}
            </a>
          ))}
        </p>
        <h1 tabIndex={-1}>{item ? title : ' '}</h1>
        {why !== 'noPrice' && <p class="product-price">{item && !why && <Price item={item} />}</p>}
        <p class={`stock ${why ? 'stock-out' : ''}`}>
          {item && (why === 'noPrice' ? say.noPrice : stockText(item, say))}
        </p>
        {item?.description && item.description !== item.title && (
          <p class="description">{item.description}</p>
        )}
        {!why && (
          <div class="buy">
            <Stepper value={quantity} title={title} onChange={(value) => setQuantity(Math.max(1, value))} />
            <button
              type="button"
              class="primary"
              data-action="add"
              disabled={!item}
              onClick={() => {
                if (!item) return;
                setAdded(true);
                addToCart(item, quantity);
              }}
            >
              <Icon name="basket" />
              {say.add}
            </button>
          </div>
        )}
        <p class="confirmation" role="status">
          {added && (
            <>
              <Icon name="check" /> {say.added} · <a href={basketPath}>{say.basket}</a>
            </>
          )}
        </p>
        <p class="code">
          {say.itemCode} {id}
        </p>
      </div>
    </article>
  );
}

/** Nothing where the stock is not tracked. */
function stockText(item: Item, say: Words): string {
  if (item.withdrawn || item.stock === 0) return say.outOfStock;
  if (item.stock === undefined) return '';
  return item.stock < 10 ? say.lowStock(item.stock) : say.inStock;
}
