import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Tile } from '../art/tile.js';
import { formatPrice, tidyTitle } from '../format.js';
import { Shelf } from '../parts/shelf.js';
import { itemPath } from '../router.js';
import { settings } from '../state/settings.js';
import { buy, type Line, setQuantity, shop, totalOf } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';
import { Stepper } from './product.js';

export function Basket(): JSX.Element {
  const { language } = useStore(settings);
  const { cart } = useStore(shop);
  const [bought, setBought] = useState(false);
  const say = words[language];
  const order = (): void => {
    setBought(true);
    void buy();
  };
  return (
    <>
      <h1 class="page-title" tabIndex={-1}>
        {say.basket}
      </h1>
      {cart.length === 0 ? (
        <div class="basket-empty" role="status">
          <p class="lead">{bought ? say.thanks : say.basketEmpty}</p>
          <p>{bought ? say.thanksText : say.basketEmptyText}</p>
        </div>
      ) : (
        <div class="basket">
          <ul class="lines">
            {cart.map((line) => (
              <BasketLine key={line.id} line={line} />
            ))}
          </ul>
          <div class="summary">
            <p class="total">
              <span>{say.total}</span>
              <b>{formatPrice(totalOf(cart), cart[0]?.currency ?? 'GBP', language)}</b>
            </p>
            <button type="button" class="primary" data-action="buy" onClick={order}>
              {say.buy}
            </button>
            <p class="code">{say.demoOnly}</p>
          </div>
        </div>
      )}
      {cart.length > 0 && (
        <Shelf
          name="completes"
          title={say.completes}
          text={say.completesText}
          request={{ scenario: 'basket', items: cart.map((line) => line.id), count: 10 }}
          layout="row"
        />
      )}
      <Shelf
        name="for-you"
        title={say.forYou}
        text={say.forYouWarm}
        request={{ scenario: 'home', count: 10 }}
        layout="row"
      />
    </>
  );
}

function BasketLine({ line }: { line: Line }): JSX.Element {
  const { language } = useStore(settings);
  const say = words[language];
  const title = tidyTitle(line.title);
  return (
    <li class="line">
      <a class="line-item" href={itemPath(line.id)} lang="en">
        <span class="picture">
          <Tile id={line.id} title={line.title} image={line.image} />
        </span>
        {title}
      </a>
      <Stepper value={line.quantity} title={title} onChange={(value) => void setQuantity(line, value)} />
      <span class="line-price">{formatPrice(line.price * line.quantity, line.currency, language)}</span>
      <button
        type="button"
        class="quiet"
        aria-label={say.removeNamed(title)}
        onClick={() => void setQuantity(line, 0)}
      >
        {say.remove}
      </button>
    </li>
  );
}
