import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { SearchRequest, SearchResponse } from '../../../../packages/client/src/index.js';
import { Hit } from '../parts/hit.js';
import { usePageTitle } from '../parts/use-page-title.js';
import { type SearchAnswer, useSearch } from '../parts/use-search.js';
import { askAgain } from '../state/connection.js';
import { settings } from '../state/settings.js';
import { searched, shop } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';

type Filters = Record<string, string[]>;
type Sort = NonNullable<SearchRequest['sort']>;
const sorts: readonly Sort[] = ['relevance', 'price', 'price_desc'];
const shownValues = 12;

/** What a search finds, twice beside each other: in the order for this shopper, and for anybody. */
export function Search({ query }: { query: string }): JSX.Element {
  const say = words[useStore(settings).language];
  const [filters, setFilters] = useState<Filters>({});
  const [sort, setSort] = useState<Sort>('relevance');
  const asked = { query, filters, sort, count: 24 };
  const personal = useSearch(asked);
  const plain = useSearch({ ...asked, personal: 0 });
  useTelling(personal.response, query);
  usePageTitle(say.searchFor(query));
  const { response } = personal;
  return (
    <div class="search-page">
      <h1 tabIndex={-1}>{say.searchFor(query)}</h1>
      <p class="search-found" aria-live="polite">
        {response && say.found(response.total)} {response && say.steps[response.step]}
      </p>
      {response && <Facets response={response} filters={filters} choose={setFilters} />}
      <label class="search-sort">
        <span>{say.sortBy}</span>
        <select value={sort} onChange={(event) => setSort(event.currentTarget.value as Sort)}>
          {sorts.map((each) => (
            <option key={each} value={each}>
              {say.sorts[each]}
            </option>
          ))}
        </select>
      </label>
      <div class="search-sides">
        <Side name="personal" title={say.personalResults} text={say.personalResultsText} answer={personal} />
        <Side name="plain" title={say.plainResults} text={say.plainResultsText} answer={plain} />
      </div>
    </div>
  );
}

/** Tells the log of a search once, though its answer is made anew after each thing the shopper does. */
function useTelling(response: SearchResponse | undefined, query: string): void {
  const { shopper } = useStore(shop);
  const told = useRef('');
  useEffect(() => {
    const search = `${shopper} ${query}`;
    if (!response || query === '' || response.user !== shopper || told.current === search) return;
    told.current = search;
    searched(response);
  }, [response, query, shopper]);
}

function Facets({
  response,
  filters,
  choose,
}: {
  response: SearchResponse;
  filters: Filters;
  choose: (filters: Filters) => void;
}): JSX.Element {
  const say = words[useStore(settings).language];
  const toggle = (name: string, value: string): void => {
    const chosen = filters[name] ?? [];
    const next = chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value];
    const { [name]: _, ...others } = filters;
    choose(next.length > 0 ? { ...others, [name]: next } : others);
  };
  return (
    <div class="facets">
      {response.facets.map(({ name, values }) =>
        values.length === 0 ? null : (
          <fieldset key={name} class="facet" data-facet={name}>
            <legend>{say.facets[name] ?? name}</legend>
            {values.slice(0, shownValues).map(({ value, count }) => (
              <button
                type="button"
                key={value}
                class="facet-value"
                aria-pressed={filters[name]?.includes(value) ?? false}
                onClick={() => toggle(name, value)}
              >
                {value} <span class="facet-count">{count}</span>
              </button>
            ))}
          </fieldset>
        ),
      )}
      {Object.keys(filters).length > 0 && (
        <button type="button" class="facet-clear" onClick={() => choose({})}>
          {say.clearFilters}
        </button>
      )}
    </div>
  );
}

function Side({
  name,
  title,
  text,
  answer: { status, response },
}: {
  name: string;
  title: string;
  text: string;
  answer: SearchAnswer;
}): JSX.Element {
  const say = words[useStore(settings).language];
  const heading = useId();
  return (
    <section class="search-side" data-side={name} data-status={status} aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      <p>{text}</p>
      {status === 'failed' && (
        <p class="notice">
          {say.shelfFailed}{' '}
          <button type="button" onClick={askAgain}>
            {say.retry}
          </button>
        </p>
      )}
      <ol class="hits" aria-busy={status === 'loading'}>
        {response?.items.map((found) => (
          <Hit key={found.id} found={found} searchId={response.searchId} />
        ))}
      </ol>
    </section>
  );
}
