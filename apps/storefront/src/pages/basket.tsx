import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Tile } from '../art/tile.js';
import { formatPrice, tidyTitle } from '../format.js';
import { Shelf } from '../parts/shelf.js';
import { Stepper } from '../parts/stepper.js';
import { usePageTitle } from '../parts/use-page-title.js';
import { besides, settled, useRecommendations } from '../parts/use-recommendations.js';
import { forYouText } from '../reason.js';
import { itemPath } from '../router.js';
import { settings } from '../state/settings.js';
import { buy, type Line, linePrice, setQuantity, shop, totalOf } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';

export function Basket(): JSX.Element {
  const { language } = useStore(settings);
  const { cart } = useStore(shop);
  const [bought, setBought] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const say = words[language];
  const completes = useRecommendations({ scenario: 'basket', items: cart.map(({ id }) => id), count: 10 });
  const forYou = useRecommendations({ scenario: 'home', count: 20 });
  usePageTitle(say.basket);
  // What was pressed is gone afterwards: the keyboard goes on from the heading.
  const withFocus = (act: () => void) => (): void => {
    act();
    heading.current?.focus({ preventScroll: true });
  };
  const order = withFocus(() => {
    setBought(true);
    buy();
  });
  return (
    <>
      <h1 class="page-title" tabIndex={-1} ref={heading}>
        {say.basket}
      </h1>
      <div role="status">
        {cart.length === 0 && (
          <div class="basket-empty">
            <p class="lead">{bought ? say.thanks : say.basketEmpty}</p>
            <p>{bought ? say.thanksText : say.basketEmptyText}</p>
          </div>
        )}
      </div>
      {cart.length > 0 && (
        <>
          <div class="basket">
            <ul class="lines">
              {cart.map((line) => (
                <BasketLine key={line.id} line={line} remove={withFocus(() => setQuantity(line, 0))} />
              ))}
            </ul>
            <div class="summary">
              <p class="total">
                <span>{say.total}</span>
                <b>{formatPrice(totalOf(cart), cart[0]?.currency, language)}</b>
              </p>
              <button type="button" class="primary" data-action="buy" onClick={order}>
                {say.buy}
              </button>
              <p class="code">{say.demoOnly}</p>
            </div>
          </div>
          <Shelf
            name="completes"
            title={say.completes}
            text={say.completesText}
            answer={completes}
            layout="row"
          />
        </>
      )}
      {(cart.length === 0 || settled(completes)) && (
        <Shelf
          name="for-you"
          title={say.forYou}
          text={forYouText(forYou.response, say)}
          answer={besides(forYou, cart.length > 0 ? [completes] : [], 10)}
          layout="row"
        />
      )}
    </>
  );
}

function BasketLine({ line, remove }: { line: Line; remove: () => void }): JSX.Element {
  const { language } = useStore(settings);
  const say = words[language];
  const title = tidyTitle(line.title);
  return (
    <li class="line">
      <a class="line-item" href={itemPath(line.id)}>
        <span class="picture">
          <Tile id={line.id} title={line.title} image={line.image} />
        </span>
        {title}
      </a>
      <Stepper
        value={line.quantity}
        title={title}
        onChange={(value) => (value > 0 ? setQuantity(line, value) : remove())}
      />
      <span class="line-price">{formatPrice(linePrice(line) * line.quantity, line.currency, language)}</span>
      <button type="button" class="quiet" aria-label={say.removeNamed(title)} onClick={remove}>
        {say.remove}
      </button>
    </li>
  );
}
