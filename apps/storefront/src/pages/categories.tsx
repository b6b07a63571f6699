import type { JSX } from 'preact';
import { usePageTitle } from '../parts/use-page-title.js';
import { categoryPath, homePath, searchPath } from '../router.js';
import { categories } from '../state/categories.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';

/** All categories of the shop: the bar above has room for the largest only. */
export function Categories(): JSX.Element {
  const say = words[useStore(settings).language];
  const all = useStore(categories).below[''];
  usePageTitle(say.categories);
  return (
    <div class="listing-page">
      <p class="crumbs">
        <a href={homePath}>{say.home}</a>
      </p>
      <h1 tabIndex={-1}>{say.categories}</h1>
      <ul class="subcategories" aria-label={say.categories}>
        {all?.map(({ name, count }) => (
          <li key={name}>
            <a class="facet-value" href={categoryPath(name)}>
              {name} <span class="facet-count">{count}</span>
            </a>
          </li>
        ))}
      </ul>
      {all?.length === 0 && (
        <p class="notice">
          {say.noCategories} <a href={searchPath('')}>{say.everything}</a>
        </p>
      )}
    </div>
  );
}
