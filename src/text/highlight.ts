import type { Spans } from '../core/index.js';
import type { Analyser } from './analyser.js';

/** The places of `text` whose words `matches` takes: the same analysis that found the text finds them. */
export function highlight(analyser: Analyser, text: string, matches: (word: string) => boolean): Spans {
  const spans = analyser
    .tokens(text)
    .filter(({ word }) => matches(word))
    .map(({ start, end }): [number, number] => [start, end])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const merged: Spans = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last && span[0] <= last[1]) last[1] = Math.max(last[1], span[1]);
    else merged.push(span);
  }
  return merged;
}
