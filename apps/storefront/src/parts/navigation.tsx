import type { JSX } from 'preact';
import { categoriesPath, categoryPath, searchPath, useRoute } from '../router.js';
import { categories, stepsOf } from '../state/categories.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';

/** Categories that have a place in the bar; behind these there is a page of all. */
const mostInBar = 20;

/** The categories of the shop, the largest first, and all there is. */
export function Navigation(): JSX.Element {
  const say = words[useStore(settings).language];
  const all = useStore(categories).below[''] ?? [];
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
        {all.slice(0, mostInBar).map(({ name }) => (
          <li key={name}>
            <a href={categoryPath(name)} aria-current={name === here ? 'page' : undefined}>
              {name}
            </a>
          </li>
        ))}
        {all.length > mostInBar && (
          <li>
            <a href={categoriesPath} aria-current={route.page === 'categories' ? 'page' : undefined}>
              {say.allCategories(all.length)}
            </a>
          </li>
        )}
      </ul>
    </nav>
  );
}
