import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { ListingView, pageOf } from '../parts/listing.js';
import { usePageTitle } from '../parts/use-page-title.js';
import { useSearch } from '../parts/use-search.js';
import { categoryPath, homePath, type Listing } from '../router.js';
import { categories, loadCategories, stepsOf, within } from '../state/categories.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';

/** All items of a category and of those below it, page by page. */
export function Category({ name, listing }: { name: string; listing: Listing }): JSX.Element {
  const say = words[useStore(settings).language];
  const below = useStore(categories).below[name];
  useEffect(() => loadCategories(name), [name]);
  const asked = pageOf(listing);
  const answer = useSearch({
    ...asked,
    query: '',
    filters: { ...asked.filters, category: within(name) },
    facets: ['brand'],
    // Everybody's order: what one does meanwhile turns no page.
    personal: 0,
  });
  const steps = stepsOf(name);
  const title = steps.at(-1)!.label;
  usePageTitle(title);
  return (
    <div class="listing-page">
      <p class="crumbs">
        <a href={homePath}>{say.home}</a>
        {steps.slice(0, -1).map((step) => (
          <a key={step.name} href={categoryPath(step.name)}>
            {step.label}
          </a>
        ))}
      </p>
      <h1 tabIndex={-1}>{title}</h1>
      {below && below.length > 0 && (
        <p class="subcategories">
          {below.map((each) => (
            <a key={each.name} class="facet-value" href={categoryPath(each.name)}>
              {stepsOf(each.name).at(-1)!.label}
            </a>
          ))}
        </p>
      )}
      {/* What comes above the items comes first, so that nothing moves. */}
      {below && (
        <ListingView
          listing={listing}
          answer={answer}
          pathOf={(next) => categoryPath(name, next)}
          byName={say.mostPopular}
        />
      )}
    </div>
  );
}
