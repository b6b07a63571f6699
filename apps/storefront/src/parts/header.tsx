import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { hash } from '../art/palette.js';
import { basketPath, homePath, useRoute } from '../router.js';
import { about } from '../state/about.js';
import { settings, showPanel, switchLanguage, switchTheme } from '../state/settings.js';
import { maxShoppers, newShopper, shop, switchShopper } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';
import { Icon } from './icon.js';
import { SearchBox } from './search-box.js';

/** One row: name, search, basket; what is needed less often beside it, or on a phone behind a button. */
export function Header(): JSX.Element {
  const { language, panel } = useStore(settings);
  const { cart } = useStore(shop);
  const route = useRoute();
  const [open, setOpen] = useState(false);
  const toggle = useRef<HTMLButtonElement>(null);
  const say = words[language];
  const count = cart.reduce((sum, line) => sum + line.quantity, 0);
  const place = JSON.stringify(route);
  useEffect(() => setOpen(false), [place, panel]);
  useEffect(() => {
    if (!open) return;
    const close = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      setOpen(false);
      toggle.current?.focus();
    };
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, [open]);
  return (
    <header class="top">
      <div class="top-inner">
        <a class="brand" href={homePath}>
          <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
            <path d="M4 26V6h24v20h-4v-4H8v4zM8 10v3h16v-3zm0 6v3h16v-3z" />
          </svg>
          <span class="brand-name">{about.name ?? say.shopName}</span>
        </a>
        <SearchBox />
        <button
          type="button"
          class="tool tool-icon menu-toggle"
          ref={toggle}
          aria-label={say.menu}
          aria-expanded={open}
          aria-controls="menu"
          onClick={() => setOpen(!open)}
        >
          <Icon name={open ? 'close' : 'menu'} />
        </button>
        <div id="menu" class={`menu ${open ? 'menu-open' : ''}`}>
          {about.tools && <Shoppers />}
          <Tools />
        </div>
        <a class="tool tool-basket" href={basketPath}>
          <Icon name="basket" />
          <span class="tool-word">{say.basket}</span> <span class="count">{count}</span>
          <span class="visually-hidden"> {say.pieces(count)}</span>
        </a>
      </div>
    </header>
  );
}

function Tools(): JSX.Element {
  const { language, theme, panel } = useStore(settings);
  const { written } = useStore(shop);
  const say = words[language];
  const colours = theme === 'dark' ? say.light : say.dark;
  return (
    <div class="tools">
      {about.tools && (
        <button
          type="button"
          class="tool panel-toggle"
          title={say.panel}
          aria-expanded={panel}
          aria-controls="panel"
          onClick={() => showPanel(!panel)}
        >
          <Icon name="pulse" />
          <span class="menu-word">{say.panel}</span> <span class="panel-count">{written}</span>
        </button>
      )}
      <button type="button" class="tool" onClick={switchLanguage} lang={language === 'en' ? 'zh-CN' : 'en'}>
        {say.language}
      </button>
      <button type="button" class="tool tool-icon" onClick={switchTheme} aria-label={colours} title={colours}>
        <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
      </button>
    </div>
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
      <button type="button" class="tool new-shopper" title={say.newShopper} onClick={newShopper}>
        <Icon name="plus" />
        <span class="menu-word">{say.newShopper}</span>
      </button>
    </div>
  );
}

const letters = 'ABCDEFGH'.slice(0, maxShoppers);
