import type { JSX } from 'preact';
import { askAgain, connection } from '../state/connection.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';

/** One line while the server does not answer; it goes away by itself when the server is back. */
export function Away(): JSX.Element {
  const say = words[useStore(settings).language];
  const { away } = useStore(connection);
  return (
    <div class="away" role="alert">
      {away && (
        <p class="notice">
          {say.away}{' '}
          <button type="button" onClick={askAgain}>
            {say.retry}
          </button>
        </p>
      )}
    </div>
  );
}
