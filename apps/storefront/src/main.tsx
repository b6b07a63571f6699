import { type JSX, render } from 'preact';
import { useRef } from 'preact/hooks';
import { TilePatterns } from './art/tile.js';
import { Basket } from './pages/basket.js';
import { Categories } from './pages/categories.js';
import { Category } from './pages/category.js';
import { Home } from './pages/home.js';
import { Nowhere } from './pages/nowhere.js';
import { Product } from './pages/product.js';
import { Search } from './pages/search.js';
import { Away } from './parts/away.js';
import { Header } from './parts/header.js';
import { Navigation } from './parts/navigation.js';
import { Offers } from './parts/offers.js';
import { Panel } from './parts/panel.js';
import { useArrival } from './parts/use-arrival.js';
import { type Route, startRouting, useRoute } from './router.js';
import { about } from './state/about.js';
import { loadCategories } from './state/categories.js';
import { settings } from './state/settings.js';
import { useStore } from './state/store.js';
import { words } from './state/words.js';

function App(): JSX.Element {
  const say = words[useStore(settings).language];
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  useArrival(main);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {say.skip}
      </button>
      <TilePatterns />
      <Header />
      <Navigation />
      <div class="layout">
        <main id="main" tabIndex={-1} ref={main}>
          <Away />
          <Offers {...(route.page === 'item' && { besides: route.id })} />
          <Page route={route} />
        </main>
        {about.tools && <Panel />}
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
      return <Product key={route.id} id={route.id} />;
    case 'categories':
      return <Categories />;
    case 'category':
      return <Category key={route.name} name={route.name} listing={route.listing} />;
    case 'search':
      return <Search key={route.query} query={route.query} listing={route.listing} />;
    case 'nowhere':
      return <Nowhere />;
  }
}

startRouting();
loadCategories();
render(<App />, document.body);
