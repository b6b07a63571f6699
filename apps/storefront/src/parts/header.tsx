import type { JSX } from 'preact';
import { hash } from '../art/palette.js';
import { settings, switchLanguage, switchTheme } from '../state/settings.js';
import { maxShoppers, newShopper, shop, switchShopper } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';
import { Icon } from './icon.js';
import { SearchBox } from './search-box.js';

export function Header(): JSX.Element {
  const { language, theme } = useStore(settings);
  const { cart } = useStore(shop);
  const say = words[language];
  const count = cart.reduce((sum, line) => sum + line.quantity, 0);
  return (
    <header class="top">
      <div class="top-inner">
        <a class="brand" href="#/">
          <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
            <path d="M4 26V6h24v20h-4v-4H8v4zM8 10v3h16v-3zm0 6v3h16v-3z" />
          </svg>
          <span class="brand-name">{say.shopName}</span> <span class="brand-kind">{say.shopKind}</span>
        </a>
        <SearchBox />
        <Shoppers />
        <nav class="tools" aria-label={say.shopName}>
          <button
            type="button"
            class="tool"
            onClick={switchLanguage}
            lang={language === 'en' ? 'zh-CN' : 'en'}
          >
            {say.language}
          </button>
          <button
            type="button"
            class="tool tool-icon"
            onClick={switchTheme}
            aria-label={theme === 'dark' ? say.light : say.dark}
            title={theme === 'dark' ? say.light : say.dark}
          >
            <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
          </button>
          <a class="tool tool-basket" href="#/basket">
            <Icon name="basket" />
            <span class="tool-word">{say.basket}</span> <span class="count">{count}</span>
            <span class="visually-hidden"> {say.pieces(count)}</span>
          </a>
        </nav>
      </div>
    </header>
  );
}

/** Step into another shopper's shoes and back: every shelf on the page is theirs. */
function Shoppers(): JSX.Element {
  const say = words[useStore(settings).language];
  const { shoppers, shopper } = useStore(shop);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot lay out as a flex row in every browser
    <div class="shoppers" role="group" aria-label={say.shopper} title={say.shopperHint}>
      {shoppers.map((user, i) => (
        <button
          type="button"
          key={user}
          class="avatar"
          aria-pressed={user === shopper}
          aria-label={`${say.shopper} ${letters[i]}`}
          style={{ '--avatar-hue': String(hash(user) % 360) }}
          onClick={() => switchShopper(user)}
        >
          {letters[i]}
        </button>
      ))}
      <button type="button" class="tool new-shopper" onClick={newShopper}>
        <Icon name="plus" />
        <span>{say.newShopper}</span>
      </button>
    </div>
  );
}

const letters = 'ABCDEFGH'.slice(0, maxShoppers);
