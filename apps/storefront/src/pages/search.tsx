import type { JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { SearchResponse } from '../../../../packages/client/src/index.js';
import { Hit } from '../parts/hit.js';
import { ListingView, pageOf } from '../parts/listing.js';
import { usePageTitle } from '../parts/use-page-title.js';
import { type SearchAnswer, useSearch } from '../parts/use-search.js';
import { type Listing, searchPath } from '../router.js';
import { about } from '../state/about.js';
import { askAgain } from '../state/connection.js';
import { settings } from '../state/settings.js';
import { searched, shop } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';

/** What a search finds, page by page; with the tools of the shop beside it what somebody unknown would find. */
export function Search({ query, listing }: { query: string; listing: Listing }): JSX.Element {
  const say = words[useStore(settings).language];
  const browsing = query === '';
  const asked = { ...pageOf(listing), query };
  const answer = useSearch({ ...asked, ...(browsing && { personal: 0 }) });
  useTelling(answer.response, query);
  usePageTitle(say.searchFor(query));
  const compares = about.tools && !browsing;
  return (
    <div class="listing-page">
      <h1 tabIndex={-1}>{say.searchFor(query)}</h1>
      <ListingView
        listing={listing}
        answer={answer}
        pathOf={(next) => searchPath(query, next)}
        byName={browsing ? say.mostPopular : say.sorts.relevance}
      >
        {compares ? <Sides asked={asked} personal={answer} /> : undefined}
      </ListingView>
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

function Sides({
  asked,
  personal,
}: {
  asked: Parameters<typeof useSearch>[0];
  personal: SearchAnswer;
}): JSX.Element {
  const say = words[useStore(settings).language];
  const plain = useSearch({ ...asked, personal: 0 });
  const isMoved = (personal.response?.personal.gate ?? 1) > 0;
  const text = isMoved ? say.personalResultsText : say.sameResultsText;
  return (
    <div class="search-sides">
      <Side name="personal" title={say.personalResults} text={text} answer={personal} />
      <Side name="plain" title={say.plainResults} text={say.plainResultsText} answer={plain} />
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
        {response?.items.map((found, at) => (
          <Hit key={found.id} found={found} place={at + 1} searchId={response.searchId} />
        ))}
      </ol>
    </section>
  );
}
