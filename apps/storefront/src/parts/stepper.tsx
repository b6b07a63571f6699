import type { JSX } from 'preact';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { words } from '../state/words.js';
import { Icon } from './icon.js';

/** − n +, with names that say what changes. */
export function Stepper(props: {
  value: number;
  title: string;
  onChange: (value: number) => void;
}): JSX.Element {
  const say = words[useStore(settings).language];
  return (
    <fieldset class="stepper">
      <legend class="visually-hidden">{say.quantity}</legend>
      <button
        type="button"
        aria-label={say.fewer(props.title)}
        onClick={() => props.onChange(props.value - 1)}
      >
        <Icon name="minus" />
      </button>
      <output>{props.value}</output>
      <button
        type="button"
        aria-label={say.more(props.title)}
        onClick={() => props.onChange(props.value + 1)}
      >
        <Icon name="plus" />
      </button>
    </fieldset>
  );
}
