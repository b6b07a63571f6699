import { useEffect } from 'preact/hooks';
import { about } from '../state/about.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';

/** Names the browser tab after what the page shows. */
export function usePageTitle(title: string): void {
  const { shopName: unnamed } = words[useStore(settings).language];
  const shopName = about.name ?? unnamed;
  useEffect(() => {
    document.title = `${title} · ${shopName}`;
  }, [title, shopName]);
}
