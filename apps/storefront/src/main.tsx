import { type JSX, render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { TilePatterns } from './art/tile.js';
import { Basket } from './pages/basket.js';
import { Home } from './pages/home.js';
import { Product } from './pages/product.js';
import { Header } from './parts/header.js';
import { Panel } from './parts/panel.js';
import { type Route, useRoute } from './router.js';
import { settings } from './state/settings.js';
import { useStore } from './state/store.js';
import { words } from './state/words.js';

function App(): JSX.Element {
  const { language } = useStore(settings);
  const say = words[language];
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const place = JSON.stringify(route);
  const arrived = useRef(place);

  useEffect(() => {
    document.title = `${pageTitle(route, language)} · ${say.shopName}`;
  }, [route, language, say]);
  // A new page starts at its top, and the keyboard and screen reader start at its heading.
  useEffect(() => {
    if (arrived.current === place) return;
    arrived.current = place;
    scrollTo(0, 0);
    main.current?.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
  }, [place]);

  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {say.skip}
      </button>
      <TilePatterns />
      <Header />
      <div class="layout">
        <main id="main" tabIndex={-1} ref={main}>
          <Page route={route} />
        </main>
        <Panel />
      </div>
    </>
  );
}

function Page({ route }: { route: Route }): JSX.Element {
  switch (route.page) {
    case 'home':
      return <Home />;
    case 'basket':
      return <Basket />;
    case 'item':
      return <Product id={route.id} />;
  }
}

function pageTitle(route: Route, language: keyof typeof words): string {
  if (route.page === 'item') return `${words[language].itemCode} ${route.id}`;
  return words[language][route.page];
}

render(<App />, document.body);
