import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Suggestion } from '../../../../packages/client/src/index.js';
import { categoryPath, itemPath, navigate, searchPath, useRoute } from '../router.js';
import { settings } from '../state/settings.js';
import { shop, suggest } from '../state/shop.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';
import { Icon } from './icon.js';

/** A box to search in, with what the words so far may become: by arrow keys, pointer or finger. */
export function SearchBox(): JSX.Element {
  const say = words[useStore(settings).language];
  const route = useRoute();
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const suggestions = useSuggestions(text, open);
  const list = useId();
  const shown = open && suggestions.length > 0;

  // The box says what the page shows.
  const asked = route.page === 'search' ? route.query : '';
  useEffect(() => setText(asked), [asked]);
  useEffect(() => setActive(-1), [suggestions]);

  const go = (chosen: Suggestion | undefined): void => {
    setOpen(false);
    if (chosen?.id !== undefined) navigate(itemPath(chosen.id));
    else if (chosen?.kind === 'category') navigate(categoryPath(chosen.text));
    else navigate(searchPath((chosen?.text ?? text).trim()));
  };
  const press = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Escape') setOpen(false);
    if (step === undefined || !shown) return;
    event.preventDefault();
    const places = suggestions.length + 1;
    setActive(((active + 1 + step + places) % places) - 1);
  };
  return (
    <search class="search-box">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          go(suggestions[active]);
        }}
      >
        <input
          type="text"
          role="combobox"
          autocomplete="off"
          aria-label={say.search}
          aria-autocomplete="list"
          aria-expanded={shown}
          aria-controls={list}
          {...(shown && active >= 0 && { 'aria-activedescendant': `${list}-${active}` })}
          placeholder={say.searchPlaceholder}
          maxLength={200}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setOpen(true);
          }}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={press}
        />
        <button type="submit" class="search-go" aria-label={say.search}>
          <Icon name="search" />
        </button>
      </form>
      <p class="visually-hidden" aria-live="polite">
        {shown ? say.suggested(suggestions.length) : ''}
      </p>
      <div id={list} role="listbox" aria-label={say.suggestions} class="suggestions" hidden={!shown}>
        {suggestions.map((suggestion, at) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the box has the keyboard
          // biome-ignore lint/a11y/useFocusableInteractive: the box keeps the focus and names the active one
          <div
            key={`${suggestion.kind} ${suggestion.text}`}
            id={`${list}-${at}`}
            role="option"
            aria-selected={at === active}
            class="suggestion"
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => go(suggestion)}
          >
            <span class="suggestion-text">{suggestion.text}</span>
            <span class="suggestion-kind">
              {suggestion.personal ? say.yours : say.suggestionKinds[suggestion.kind]}
            </span>
          </div>
        ))}
      </div>
    </search>
  );
}

/** What the server makes of the words so far; a late answer never replaces a newer one. */
function useSuggestions(text: string, open: boolean): Suggestion[] {
  const { shopper } = useStore(shop);
  const [suggestions, setSuggestions] = useState<Suggestion[]>([]);
  const latest = useRef(0);
  useEffect(() => {
    const turn = ++latest.current;
    if (!open) return;
    suggest(text).then(
      ({ suggestions: found }) => turn === latest.current && setSuggestions(found),
      () => turn === latest.current && setSuggestions([]),
    );
  }, [text, open, shopper]);
  return suggestions;
}
