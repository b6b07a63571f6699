import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { EndcapError, withoutMark } from '../../core/index.js';
import {
  type GivenOffer,
  type OfferStatus,
  offerHead,
  offerLine,
  type ResponseStatus,
} from '../../marketing/index.js';
import { type Language, textTable } from '../../report/index.js';
import { type Api, type ApiOptions, askApi, withApiOptions } from '../api.js';
import { pageLanguage } from '../pageLanguage.js';

interface Options extends ApiOptions {
  file?: string;
  delete?: boolean;
  decide?: string;
  learn?: boolean;
  html?: string;
  language: Language;
  json?: boolean;
}

const examples = `
A file of an offer:
  { "name": "Come back", "kind": "coupon", "items": "viewed", "discounts": [0.05, 0.1],
    "budget": 500, "end": "2027-01-31" }

Examples:
  endcap offers --server http://127.0.0.1:7700
  endcap offers come-back --file offer.json
  endcap offers --decide 17850
  endcap offers --learn --html offers.html`;

export function registerOffers(program: Command): void {
  withApiOptions(program.command('offers'))
    .description('Offers within a budget: what they cost and what they brought; save or end one')
    .argument('[id]', 'offer to show, save or end')
    .option('--file <file>', 'save the offer of this JSON file')
    .option('--delete', 'end the offer and forget it')
    .option('--decide <shopper>', 'what this shopper is offered now (counts as given)')
    .option('--learn', 'learn first what discounts do, from the offers drawn at random')
    .option('--html <file>', 'write a page of it all')
    .addOption(pageLanguage())
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(run);
}

async function run(id: string | undefined, options: Options): Promise<void> {
  await askApi(options, async (api) => {
    if (options.learn) await api.call('POST', '/v1/offers/learn');
    if (options.html)
      writeFileSync(
        options.html,
        (await api.call('GET', `/v1/offers/page?language=${options.language}`)) as string,
      );
    if (options.decide !== undefined) return await decide(api, options.decide, options);
    if (id === undefined) return await overview(api, options);
    await one(api, id, options);
  });
}

async function decide(api: Api, user: string, { json }: Options): Promise<void> {
  const { offers } = (await api.call('POST', '/v1/offers/decide', { user })) as { offers: GivenOffer[] };
  if (json) {
    console.log(JSON.stringify({ user, offers }));
    return;
  }
  const table = textTable({ head: ['offer', 'item', 'discount', 'price', 'until'] });
  for (const { name, item, discount, price, until } of offers)
    table.push([
      name,
      item,
      `${Math.round(100 * discount)} %`,
      price.toFixed(2),
      new Date(until).toISOString().slice(0, 10),
    ]);
  console.log(offers.length > 0 ? table.toString() : `Nothing is offered to ${user} now.`);
}

async function overview(api: Api, { json }: Options): Promise<void> {
  const { offers, response } = (await api.call('GET', '/v1/offers')) as {
    offers: OfferStatus[];
    response: ResponseStatus;
  };
  if (json) {
    console.log(JSON.stringify({ offers, response }));
    return;
  }
  show(offers, json);
  console.log(`Response to discounts: ${response.said}`);
}

async function one(api: Api, id: string, options: Options): Promise<void> {
  const path = `/v1/offers/${encodeURIComponent(id)}`;
  if (options.delete) {
    const deleted = await api.call('DELETE', path);
    console.log(options.json ? JSON.stringify(deleted) : `Ended ${id}`);
    return;
  }
  if (options.file) await api.call('PUT', path, readOffer(options.file));
  show([(await api.call('GET', path)) as OfferStatus], options.json);
}

function show(offers: readonly OfferStatus[], json: boolean | undefined): void {
  if (json) {
    console.log(JSON.stringify({ offers }));
    return;
  }
  const table = textTable({ head: offerHead });
  for (const offer of offers) table.push(offerLine(offer));
  console.log(offers.length > 0 ? table.toString() : 'There is no offer yet: give an id and --file.');
}

/** Times may be written as dates. */
function readOffer(path: string): object {
  let offer: Record<string, unknown>;
  try {
    offer = JSON.parse(withoutMark(readFileSync(path, 'utf8')));
    if (typeof offer !== 'object' || offer === null) throw new TypeError('no object');
  } catch (cause) {
    throw new EndcapError('invalid_offer', `Cannot read the offer ${path}`, {
      remedy: 'It is a JSON file of an object: --help has one',
      cause,
    });
  }
  for (const field of ['start', 'end'] as const) {
    if (typeof offer[field] === 'string') offer[field] = Date.parse(offer[field]);
    if (Number.isNaN(offer[field]))
      throw new EndcapError('invalid_offer', `${field} is no date`, {
        errors: [{ field, message: 'is no date' }],
      });
  }
  return offer;
}
