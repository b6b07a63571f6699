import type { ComponentChildren, JSX } from 'preact';
import type { SearchRequest, SearchResponse } from '../../../../packages/client/src/index.js';
import { type Listing, navigate, type Sort, sorts } from '../router.js';
import { askAgain } from '../state/connection.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';
import { Card } from './card.js';
import { Icon } from './icon.js';
import type { SearchAnswer } from './use-search.js';

/** Items on a page: rows of two, three, four and six are whole. */
export const pageSize = 48;
const shownValues = 12;

/** What to ask for to get a page of a list. */
export const pageOf = ({ sort, page, filters }: Listing): Omit<SearchRequest, 'user' | 'query'> => ({
  filters,
  sort,
  count: pageSize,
  offset: (page - 1) * pageSize,
});

/** Facets to narrow by, the order, the items, and the pages: all of it in the address, so that it can be shared. */
export function ListingView({
  listing,
  answer,
  pathOf,
  byName,
  hidden = [],
  children,
}: {
  listing: Listing;
  answer: SearchAnswer;
  pathOf: (listing: Listing) => string;
  /** Name of the first order. */
  byName: string;
  /** Facets that are not offered. */
  hidden?: readonly string[];
  /** Shown in the place of the cards. */
  children?: ComponentChildren;
}): JSX.Element {
  const say = words[useStore(settings).language];
  const { response, status } = answer;
  const go = (change: Partial<Listing>): void => navigate(pathOf({ ...listing, page: 1, ...change }));
  return (
    <>
      <div class="listing-bar">
        <p class="listing-found" aria-live="polite">
          {response && `${say.found(response.total)} ${say.steps[response.step] ?? ''}`}
        </p>
        <label class="listing-sort">
          <span>{say.sortBy}</span>
          <select value={listing.sort} onChange={(event) => go({ sort: event.currentTarget.value as Sort })}>
            {sorts.map((each) => (
              <option key={each} value={each}>
                {each === 'relevance' ? byName : say.sorts[each]}
              </option>
            ))}
          </select>
        </label>
      </div>
      {response && (
        <Facets
          response={response}
          hidden={hidden}
          chosen={listing.filters}
          choose={(filters) => go({ filters })}
        />
      )}
      {status === 'failed' && !response && (
        <p class="notice">
          {say.shelfFailed}{' '}
          <button type="button" onClick={askAgain}>
            {say.retry}
          </button>
        </p>
      )}
      {response?.items.length === 0 && <p class="notice">{say.noneHere}</p>}
      {/* What stands beside each other in the place of the cards waits for the facets above it, too. */}
      {children ? (
        response && children
      ) : (
        <section class="shelf-grid listing" aria-label={say.everything}>
          {/* Nothing is held here for what is not known: facets that came above it would push it down. */}
          <ul class="cards" aria-busy={status === 'loading'}>
            {response?.items.map(({ id, item }) => (
              <Card key={id} item={item} shownBy={response.searchId} />
            ))}
          </ul>
        </section>
      )}
      {response && (
        <Pager page={listing.page} total={response.total} pathTo={(page) => pathOf({ ...listing, page })} />
      )}
    </>
  );
}

function Pager({
  page,
  total,
  pathTo,
}: {
  page: number;
  total: number;
  pathTo: (page: number) => string;
}): JSX.Element | null {
  const say = words[useStore(settings).language];
  const pages = Math.ceil(total / pageSize);
  if (pages < 2) return null;
  return (
    <nav class="pager" aria-label={say.pages}>
      {page > 1 && (
        <a class="secondary" href={pathTo(page - 1)} rel="prev" aria-label={say.previousPage}>
          <Icon name="left" />
        </a>
      )}
      <ol>
        {nearby(page, pages).map((each) => (
          <li key={each}>
            <a
              class="page-number"
              href={pathTo(each)}
              aria-label={say.pageOf(each, pages)}
              aria-current={each === page ? 'page' : undefined}
            >
              {each}
            </a>
          </li>
        ))}
      </ol>
      {page < pages && (
        <a class="secondary" href={pathTo(page + 1)} rel="next" aria-label={say.nextPage}>
          <Icon name="right" />
        </a>
      )}
    </nav>
  );
}

/** The first and the last page, and those around this one. */
function nearby(page: number, pages: number): number[] {
  const wanted = [1, page - 1, page, page + 1, pages].filter((each) => each >= 1 && each <= pages);
  return [...new Set(wanted)].sort((a, b) => a - b);
}

function Facets({
  response,
  hidden,
  chosen,
  choose,
}: {
  response: SearchResponse;
  hidden: readonly string[];
  chosen: Listing['filters'];
  choose: (filters: Listing['filters']) => void;
}): JSX.Element | null {
  const say = words[useStore(settings).language];
  const toggle = (name: string, value: string): void => {
    const before = chosen[name] ?? [];
    const next = before.includes(value) ? before.filter((each) => each !== value) : [...before, value];
    const { [name]: _, ...others } = chosen;
    choose(next.length > 0 ? { ...others, [name]: next } : others);
  };
  const offered = response.facets.filter(
    ({ name, values }) => !hidden.includes(name) && (values.length > 1 || chosen[name] !== undefined),
  );
  if (offered.length === 0) return null;
  return (
    <div class="facets">
      {offered.map(({ name, values }) => (
        <fieldset key={name} class="facet" data-facet={name}>
          <legend>{say.facets[name] ?? name}</legend>
          {values.slice(0, shownValues).map(({ value, count }) => (
            <button
              type="button"
              key={value}
              class="facet-value"
              aria-pressed={chosen[name]?.includes(value) ?? false}
              onClick={() => toggle(name, value)}
            >
              {value} <span class="facet-count">{count}</span>
            </button>
          ))}
        </fieldset>
      ))}
      {Object.keys(chosen).length > 0 && (
        <button type="button" class="facet-clear" onClick={() => choose({})}>
          {say.clearFilters}
        </button>
      )}
    </div>
  );
}
