import type { JSX } from 'preact';
import { Shelf } from '../parts/shelf.js';
import { usePageTitle } from '../parts/use-page-title.js';
import { besides, useRecommendations } from '../parts/use-recommendations.js';
import { forYouText } from '../reason.js';
import { about } from '../state/about.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';

export function Home(): JSX.Element {
  const say = words[useStore(settings).language];
  const forYou = useRecommendations({ scenario: 'home', count: 10 });
  const trending = useRecommendations({ scenario: 'trending', count: 22 });
  usePageTitle(say.home);
  return (
    <>
      <div class={`hero ${about.demo ? '' : 'hero-plain'}`}>
        <h1 tabIndex={-1}>{about.demo ? say.heroTitle : (about.name ?? say.shopName)}</h1>
        {about.demo && <p>{say.heroText}</p>}
      </div>
      <Shelf
        name="for-you"
        title={say.forYou}
        text={forYouText(forYou.response, say)}
        answer={forYou}
        layout="grid"
      />
      <Shelf
        name="trending"
        title={say.trending}
        text={say.trendingText}
        answer={besides(trending, [forYou], 12)}
        layout="row"
      />
    </>
  );
}
