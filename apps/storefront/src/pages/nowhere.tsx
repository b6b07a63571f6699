import type { JSX } from 'preact';
import { Shelf } from '../parts/shelf.js';
import { usePageTitle } from '../parts/use-page-title.js';
import { useRecommendations } from '../parts/use-recommendations.js';
import { homePath, searchPath } from '../router.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';

/** Where an address leads nowhere: what was meant may be near. `item` is the id of an item that there is not. */
export function Nowhere({ item }: { item?: string }): JSX.Element {
  const say = words[useStore(settings).language];
  const trending = useRecommendations({ scenario: 'trending', count: 12 });
  const title = item === undefined ? say.nowhere : say.missing;
  usePageTitle(title);
  return (
    <>
      <div class="hero">
        <h1 tabIndex={-1}>{title}</h1>
        <p>{item === undefined ? say.nowhereText : say.missingText(item)}</p>
        <p class="hero-links">
          <a class="primary" href={homePath}>
            {say.home}
          </a>
          <a class="secondary" href={searchPath('')}>
            {say.everything}
          </a>
        </p>
      </div>
      <Shelf name="trending" title={say.trending} text={say.trendingText} answer={trending} layout="row" />
    </>
  );
}
