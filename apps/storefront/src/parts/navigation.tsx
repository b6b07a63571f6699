import type { JSX } from 'preact';
import { categoryPath, searchPath, useRoute } from '../router.js';
import { categories, stepsOf, topCategories } from '../state/categories.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';

/** The categories of the shop, the largest first, and all there is. */
export function Navigation(): JSX.Element {
  const say = words[useStore(settings).language];
  const { all } = useStore(categories);
  const route = useRoute();
  const here = route.page === 'category' ? stepsOf(route.name)[0]?.name : undefined;
  const everything = route.page === 'search' && route.query === '';
  return (
    <nav class="categories" aria-label={say.categories}>
      <ul>
        <li>
          <a href={searchPath('')} aria-current={everything ? 'page' : undefined}>
            {say.everything}
          </a>
        </li>
        {topCategories(all).map(({ name }) => (
          <li key={name}>
            <a href={categoryPath(name)} aria-current={name === here ? 'page' : undefined}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
