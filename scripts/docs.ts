import { writeFileSync } from 'node:fs';
import { bytesKept } from '../src/catalogue/filterSets.js';
import { configSchema } from '../src/config/index.js';
import { errors, idLength } from '../src/core/index.js';
import { mostIdentities } from '../src/experiments/assign.js';
import { ledgerLimits } from '../src/experiments/ledger.js';
import { clauseLimit } from '../src/index/invertedIndex.js';
import { mostCells } from '../src/marketing/clicks/rates.js';
import { limits as listLimits } from '../src/marketing/clicks/shownLists.js';
import { mostOut } from '../src/marketing/offers/offers.js';
import { mostShoppers as mostOfferShoppers } from '../src/marketing/offers/shoppers.js';
import { mostNewItems, mostShoppers } from '../src/models/index.js';
import { freshKept } from '../src/models/online/livePairs.js';
import { mostLiveEvents } from '../src/models/online/liveSessions.js';
import { cartLimit } from '../src/projections/cart.js';
import { pairsKept } from '../src/projections/coOccurrence.js';
import { daysKept } from '../src/projections/demand.js';
import { givenKept } from '../src/projections/influence.js';
import { pairBounds, pairLimit } from '../src/projections/pairs.js';
import { partnersKept } from '../src/projections/recentPairs.js';
import { defaultShopperLimits, touchedKept } from '../src/projections/shopper.js';
import { typesKept } from '../src/projections/typeCounts.js';
import { mostUnlisted } from '../src/recommend/engine.js';
import { limits as searchLimits } from '../src/search/pastSearches.js';
import { queryLimits } from '../src/search/queries.js';
import { candidateLimit } from '../src/search/retrieve.js';
import { facetLimit } from '../src/search/selection.js';
import { maxEvents } from '../src/server/events.js';
import { deepest } from '../src/server/jsonBody.js';
import { defaultLimits, publicLimits } from '../src/server/limits.js';
import { mostTogether } from '../src/server/listening.js';
import { maxStreams } from '../src/server/stream.js';

/** Pages that are made from the code, by path; a test holds that they are as the code says. */
export const generated: Readonly<Record<string, () => string>> = {
  'docs/errors.md': errorsPage,
  'docs/limits.md': limitsPage,
  'docs/endcap.schema.json': () =>
    `${JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...configSchema }, null, 2)}\n`,
};

/** What bounds memory, disk and the time of a request, whatever the traffic. */
const limits: readonly (readonly [what: string, bound: number, note: string])[] = [
  ['Characters of an id', idLength, 'of an event, an item, a shopper'],
  ['Events in a request', maxEvents, `${publicLimits.events} by a public key`],
  ['Items in a request of a public key', publicLimits.items, 'of all its events together'],
  ['Bytes of a body of a public key', publicLimits.body, '1 MiB by a server key'],
  ['Comparisons in a filter of a public key', publicLimits.comparisons, ''],
  ['Requests that one connection sends together', mostTogether, 'then the connection is ended'],
  ['Event streams open', maxStreams, ''],
  [
    'Requests of a page a minute, by shopper',
    defaultLimits.shopper.perMinute,
    '`server.rates` of endcap.json',
  ],
  [
    'Requests of pages a minute, by address',
    defaultLimits.address.perMinute,
    '`server.rates` of endcap.json',
  ],
  [
    'Items with statistics that are in no catalogue',
    mostUnlisted,
    'named by a server; `limits.unlistedItems` of endcap.json; of further ones nothing is counted. An `endcap import` of a file: `limits.items`, 2,000,000',
  ],
  ['Events remembered of a shopper', defaultShopperLimits.recent, '`limits.shopperEvents` of endcap.json'],
  ['Items known as touched beyond those', touchedKept, ''],
  [
    'Items bought that are remembered of a shopper',
    defaultShopperLimits.bought.items,
    '`limits.boughtItems`, two years',
  ],
  ['Items in a cart', cartLimit, ''],
  ['What a shopper gave to items, entries', givenKept, 'so that one shopper counts once'],
  ['Items of one order that are paired', pairLimit, ''],
  ['Companions kept of an item', pairsKept, 'up to twice as many before the rarest go'],
  [
    'Companions kept of an item on average',
    pairBounds.ofItem,
    `as if there were ${pairBounds.items.toLocaleString('en')} items at least; beyond, those with more than 48 keep their best`,
  ],
  ['Companions of the last day kept of an item', partnersKept, ''],
  ['Shoppers that what learns from the stream remembers', mostShoppers, ''],
  ['New items that a learner in its thread holds', mostNewItems, 'between two trainings'],
  ['Events of sessions that joined `sessionKnn`', mostLiveEvents, 'the oldest sessions leave'],
  ['Companions of an item that joined `itemKnn`', freshKept, 'beside those it was trained with'],
  ['Event types counted by name', typesKept, 'an unknown one beyond is kept in the log only'],
  ['Days of demand kept of an item', daysKept, ''],
  ['Bytes of filters remembered', bytesKept, ''],
  ['Candidates of a search that are ranked', candidateLimit, ''],
  ['Facets of a search', facetLimit, ''],
  ['Words of a query that are looked up', clauseLimit, ''],
  ['Queries remembered that two shoppers asked', queryLimits.known, 'the least asked go first'],
  ['Queries remembered that one visitor of a page asked', queryLimits.alone, 'the oldest go first'],
  ['Items remembered with all those queries', queryLimits.choices.known + queryLimits.choices.alone, ''],
  ['Searches remembered of all shoppers', searchLimits.all, `${searchLimits.ofOne} of each`],
  ['Lists shown that clicks may belong to', listLimits.all, `${listLimits.ofOne} of each shopper`],
  [
    'Shoppers of offers remembered',
    mostOfferShoppers,
    'each with each offer; what they earned stays in the sums',
  ],
  ['Offers that are out', mostOut, 'no more are given until some are used or lapse'],
  ['Shoppers of experiments remembered', ledgerLimits.participants, 'what they did stays in the sums'],
  ['Recommendations whose outcome experiments wait for', ledgerLimits.shown, ''],
  [
    'Shoppers of experiments whose refunds count',
    ledgerLimits.buyers,
    `${ledgerLimits.bought} items of each, ${ledgerLimits.boughtByAll.toLocaleString('en')} of all`,
  ],
  ["Ids that experiments know as somebody else's", mostIdentities, 'what joined longest ago goes first'],
  ['Items counted in slots', mostCells, 'what was shown least goes first'],
  ['Depth of the JSON of a page', deepest, ''],
];

function limitsPage(): string {
  const rows = limits.map(([what, bound, note]) => `| ${what} | ${bound.toLocaleString('en')} | ${note} |`);
  return `# Limits

Made from the code by \`npm run docs\`. Memory, disk growth and the time a request may hold the others up are bounded by
these, not by traffic.

| what | at most | |
|---|---|---|
${rows.join('\n')}
`;
}

function errorsPage(): string {
  const rows = Object.entries(errors).map(
    ([code, { status, when }]) => `| \`${code}\` | ${status} | ${when} |`,
  );
  return `# Errors

Made from \`src/core/errors.ts\` by \`npm run docs\`. Over HTTP an error is [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)
\`application/problem+json\` with the stable \`code\`, what is wrong in \`detail\`, what to do in \`remedy\`, and the fields at
fault in \`errors\`. The command line prints the same on one line and exits with 2.

| code | status | when |
|---|---|---|
${rows.join('\n')}
`;
}

if (import.meta.url === `file://${process.argv[1]}`) {
  for (const [path, make] of Object.entries(generated)) writeFileSync(path, make());
}
