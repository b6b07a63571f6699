import type { JSX } from 'preact';
import { Shelf } from '../parts/shelf.js';
import { settings } from '../state/settings.js';
import { shop } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';

export function Home(): JSX.Element {
  const say = words[useStore(settings).language];
  const { known } = useStore(shop);
  return (
    <>
      <div class="hero">
        <h1 tabIndex={-1}>{say.heroTitle}</h1>
        <p>{say.heroText}</p>
      </div>
      <Shelf
        name="for-you"
        title={say.forYou}
        text={known ? say.forYouWarm : say.forYouCold}
        request={{ scenario: 'home', count: 10 }}
        layout="grid"
      />
      <Shelf
        name="trending"
        title={say.trending}
        text={say.trendingText}
        request={{ scenario: 'trending', count: 12 }}
        layout="row"
      />
    </>
  );
}
