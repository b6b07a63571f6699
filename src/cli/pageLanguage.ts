import { Option } from 'commander';
import { languages } from '../report/index.js';

/** In which language a command writes its page. */
export const pageLanguage = (): Option =>
  new Option('--language <code>', 'language of the page').choices(languages).default('en');
