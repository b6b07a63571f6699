import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Item } from '../../../../packages/client/src/index.js';
import { Tile } from '../art/tile.js';
import { formatPrice, tidyTitle } from '../format.js';
import { Icon } from '../parts/icon.js';
import { Shelf } from '../parts/shelf.js';
import { settings } from '../state/settings.js';
import { addToCart, loadItem, viewed } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { type Words, words } from '../state/words.js';

type Loaded = { item?: Item; missing?: boolean };

export function Product({ id }: { id: string }): JSX.Element {
  const { language } = useStore(settings);
  const say = words[language];
  const [{ item, missing }, setLoaded] = useState<Loaded>({});

  useEffect(() => {
    let current = true;
    setLoaded({});
    loadItem(id).then(
      (found) => {
        if (!current) return;
        setLoaded({ item: found });
        void viewed(found);
      },
      () => {
        if (current) setLoaded({ missing: true });
      },
    );
    return () => {
      current = false;
    };
  }, [id]);

  if (missing) return <Missing say={say} />;
  return (
    <>
      <Details key={id} id={id} item={item} />
      <Shelf
        key={`with-${id}`}
        name="goes-with"
        title={say.goesWith}
        text={say.goesWithText}
        request={{ scenario: 'complement', item: id, count: 10 }}
        layout="row"
      />
      <Shelf
        key={`instead-${id}`}
        name="instead-of"
        title={say.insteadOf}
        text={say.insteadOfText}
        request={{ scenario: 'similar', item: id, count: 10 }}
        layout="row"
      />
      <Shelf
        name="for-you"
        title={say.forYou}
        text={say.forYouWarm}
        request={{ scenario: 'home', count: 10, exclude: [id] }}
        layout="row"
      />
    </>
  );
}

function Details({ id, item }: { id: string; item: Item | undefined }): JSX.Element {
  const { language } = useStore(settings);
  const say = words[language];
  const [quantity, setQuantity] = useState(1);
  const [added, setAdded] = useState(false);
  const title = tidyTitle(item?.title ?? id);
  const available = item !== undefined && item.stock !== 0 && !item.withdrawn;
  return (
    <article class="product" aria-busy={item === undefined}>
      <div class="picture picture-large">
        <Tile id={id} title={item?.title ?? ''} image={item?.image} />
      </div>
      <div class="product-text">
        <a class="crumb" href="#/">
          <Icon name="left" />
          {say.back}
        </a>
        <h1 tabIndex={-1} lang="en">
          {item ? title : ' '}
        </h1>
        <p class="product-price">
          {item?.price !== undefined && formatPrice(item.price, item.currency ?? 'GBP', language)}
        </p>
        <p class={`stock ${available ? '' : 'stock-out'}`}>{item && stockText(item, say)}</p>
        {item?.description && item.description !== item.title && (
          <p class="description">{item.description}</p>
        )}
        <div class="buy">
          <Stepper value={quantity} title={title} onChange={(value) => setQuantity(Math.max(1, value))} />
          <button
            type="button"
            class="primary"
            data-action="add"
            disabled={!available}
            onClick={() => {
              if (!item) return;
              setAdded(true);
              void addToCart(item, quantity);
            }}
          >
            <Icon name="basket" />
            {say.add}
          </button>
        </div>
        <p class="confirmation" role="status">
          {added && (
            <>
              <Icon name="check" /> {say.added} · <a href="#/basket">{say.basket}</a>
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

/** − n +, with names that say what changes. */
export function Stepper(props: {
  value: number;
  title: string;
  onChange: (value: number) => void;
}): JSX.Element {
  const say = words[useStore(settings).language];
  return (
    <fieldset class="stepper">
      <legend class="visually-hidden">{say.quantity}</legend>
      <button
        type="button"
        aria-label={say.fewer(props.title)}
        onClick={() => props.onChange(props.value - 1)}
      >
        <Icon name="minus" />
      </button>
      <output>{props.value}</output>
      <button
        type="button"
        aria-label={say.more(props.title)}
        onClick={() => props.onChange(props.value + 1)}
      >
        <Icon name="plus" />
      </button>
    </fieldset>
  );
}

function stockText(item: Item, say: Words): string {
  if (item.withdrawn || item.stock === 0) return say.outOfStock;
  return item.stock !== undefined && item.stock < 10 ? say.lowStock(item.stock) : say.inStock;
}

function Missing({ say }: { say: Words }): JSX.Element {
  return (
    <div class="hero">
      <h1 tabIndex={-1}>{say.missing}</h1>
      <p>
        <a href="#/">{say.back}</a>
      </p>
    </div>
  );
}
