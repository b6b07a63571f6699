import { type Command, InvalidArgumentError } from 'commander';
import type { SearchResponse, SuggestResponse } from '../../core/index.js';
import { textTable } from '../../report/index.js';
import { type ApiOptions, askApi, withApiOptions } from '../api.js';

interface Options extends ApiOptions {
  user: string;
  count?: number;
  filter?: string;
  sort?: string;
  personal?: number;
  suggest?: boolean;
  json?: boolean;
}

const examples = `
Synonyms, a text model and how much taste counts stand under "search" of endcap.json (docs/search.md).

Examples:
  endcap search "running shoes under 100" --dir ./shop
  endcap search 跑步鞋 --user anna --personal 0.5 --json
  endcap search pbx --suggest --server http://127.0.0.1:7700`;

export function registerSearch(program: Command): void {
  withApiOptions(program.command('search'))
    .description('Find items as a shopper would, and what is understood of the words')
    .argument('<query>', 'what is typed')
    .option('--user <id>', 'shopper who asks', 'nobody')
    .option('--count <n>', 'items, 1 to 100', number, 10)
    .option('--filter <expression>', "such as 'price < 20'")
    .option('--sort <order>', 'relevance, price or price_desc')
    .option('--personal <dial>', "how much the shopper's taste counts, 0 to 1", number)
    .option('--suggest', 'complete the words instead')
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(run);
}

async function run(query: string, options: Options): Promise<void> {
  const { dir: _, server: __, url: ___, key: ____, suggest, json, ...asked } = options;
  await askApi(options, async (api) => {
    const { user, count } = asked;
    const answer = suggest
      ? await api.call('POST', '/v1/suggest', { user, prefix: query, count: Math.min(20, count ?? 10) })
      : await api.call('POST', '/v1/search', { ...asked, query, explain: true });
    if (json) console.log(JSON.stringify(answer));
    else if (suggest) printSuggestions(answer as SuggestResponse);
    else printFound(answer as SearchResponse);
  });
}

function printFound({ items, total, step, understood, warnings = [] }: SearchResponse): void {
  const table = textTable({ head: ['item', 'title', 'price', 'lifted by'] });
  for (const { id, item, lift } of items) {
    const [reason] = lift?.reasons ?? [];
    const why = reason ? `${reason.kind} ${reason.value ?? ''}`.trim() : '';
    table.push([id, item.title ?? '', item.price === undefined ? '' : String(item.price), why]);
  }
  if (items.length > 0) console.log(table.toString());
  console.log(`${total} found (${step})${saidOf(understood)}`);
  for (const { message, remedy } of warnings) console.log(`${message}: ${remedy}`);
}

/** What was read out of the words, on a line. */
function saidOf({
  corrected,
  synonyms,
  dropped,
  sizes,
  price,
  category,
  brand,
  attributes,
}: SearchResponse['understood']): string {
  const parts = [
    ...Object.entries(corrected).map(([word, to]) => `${word} as ${to.join(', ')}`),
    ...Object.entries(synonyms).map(([word, to]) => `${word} also as ${to.join(', ')}`),
    ...dropped.map((word) => `without ${word}`),
    ...(sizes.length > 0 ? [`size ${sizes.join(', ')}`] : []),
    ...(price ? [`price ${price.min ?? 0} to ${price.max ?? 'any'}`] : []),
    ...Object.entries({ category, brand, ...attributes }).flatMap(([name, meant]) =>
      meant ? [`${name} ${meant.value} (${Math.round(100 * meant.share)} % of what was chosen)`] : [],
    ),
  ];
  return parts.length > 0 ? `; ${parts.join('; ')}` : '';
}

function printSuggestions({ suggestions, corrected }: SuggestResponse): void {
  for (const { text, kind, id } of suggestions)
    console.log(`${text}   ${kind}${id === undefined ? '' : ` ${id}`}`);
  if (corrected !== undefined) console.log(`(as ${corrected})`);
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}
