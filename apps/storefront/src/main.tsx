import { type JSX, render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { TilePatterns } from './art/tile.js';
import { Basket } from './pages/basket.js';
import { Home } from './pages/home.js';
import { Product } from './pages/product.js';
import { Search } from './pages/search.js';
import { Away } from './parts/away.js';
import { Header } from './parts/header.js';
import { Offers } from './parts/offers.js';
import { Panel } from './parts/panel.js';
import { type Route, useRoute } from './router.js';
import { settings } from './state/settings.js';
import { useStore } from './state/store.js';
import { words } from './state/words.js';

function App(): JSX.Element {
  const say = words[useStore(settings).language];
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const place = JSON.stringify(route);
  const arrived = useRef(place);

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
          <Away />
          <Offers {...(route.page === 'item' && { besides: route.id })} />
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
    case 'search':
      return <Search key={route.query} query={route.query} />;
  }
}

render(<App />, document.body);
