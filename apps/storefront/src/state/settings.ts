import { recall, remember } from './memory.js';
import { createStore } from './store.js';
import type { Language } from './words.js';

export type Theme = 'light' | 'dark';

const preferredLanguage = (): Language =>
  navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const systemTheme = (): Theme => (systemDark.matches ? 'dark' : 'light');

export const settings = createStore({
  language: recall<Language>('language', preferredLanguage()),
  theme: recall<Theme | null>('theme', null) ?? systemTheme(),
  /** Whether the events are shown. */
  panel: recall('panel', false),
});

const apply = (): void => {
  const { language, theme } = settings.get();
  document.documentElement.lang = language;
  document.documentElement.dataset.theme = theme;
};
settings.subscribe(apply);
apply();

systemDark.addEventListener('change', () => {
  if (recall<Theme | null>('theme', null) === null) settings.set({ theme: systemTheme() });
});

export function switchLanguage(): void {
  const language: Language = settings.get().language === 'en' ? 'zh-CN' : 'en';
  remember('language', language);
  settings.set({ language });
}

export function switchTheme(): void {
  const theme: Theme = settings.get().theme === 'dark' ? 'light' : 'dark';
  remember('theme', theme);
  settings.set({ theme });
}

export function showPanel(panel: boolean): void {
  remember('panel', panel);
  settings.set({ panel });
}
