import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import Type from 'typebox';
import Value from 'typebox/value';
import { EndcapError, type FieldError, type Meaning, meanings, withoutMark } from '../core/index.js';
import { schemaFault } from './schemaFaults.js';

const strict = { additionalProperties: false } as const;
const count = (description: string, maximum: number) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum, description }));
const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 200, description }));
const share = (description: string) =>
  Type.Optional(Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1, description }));

const optionalRate = Type.Optional(
  Type.Object({ burst: Type.Number({ minimum: 1 }), perMinute: Type.Number({ minimum: 0.001 }) }, strict),
);

/** What a shop may say of itself in `endcap.json`, in its folder; all of it may be left out. */
export const configSchema = Type.Object(
  {
    $schema: text('Where an editor finds this schema'),
    name: text('Name of the shop, for its pages'),
    currency: Type.Optional(
      Type.String({ pattern: '^[A-Z]{3}$', description: 'Currency of prices that name none, ISO 4217' }),
    ),
    timeZone: text('Zone of times that name none, such as Europe/London; UTC when left out'),
    events: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[a-z][a-z0-9_]*$' }),
        Type.Object(
          {
            meaning: Type.Optional(
              Type.Unsafe<Meaning>({ type: 'string', enum: meanings.filter((one) => one !== 'identify') }),
            ),
            weight: Type.Optional(Type.Number({ minimum: -100, maximum: 100 })),
          },
          { ...strict, minProperties: 1 },
        ),
        {
          description:
            'By event type of the site: what it means, and how much it says of taste (view 1, purchase 5, negative repels); without a weight, that of its meaning',
        },
      ),
    ),
    server: Type.Optional(
      Type.Object(
        {
          host: text('Address to listen on; another than loopback needs keys'),
          port: Type.Optional(
            Type.Integer({ minimum: 0, maximum: 65_535, description: 'Port, 7700 by default' }),
          ),
          origins: Type.Optional(
            Type.Array(Type.String({ maxLength: 300 }), {
              description: 'Origins whose pages may call the API',
            }),
          ),
          keys: text('File of keys, from the folder of the shop; keys.json by default, where there is one'),
          trustProxy: Type.Optional(
            Type.Array(Type.String({ maxLength: 100 }), {
              description: 'Addresses of proxies in front, whose x-forwarded-for is believed',
            }),
          ),
          retainDays: count('Days after which events are erased; for ever when left out', 100_000),
          rates: Type.Optional(
            Type.Object(
              {
                key: optionalRate,
                shopper: optionalRate,
                address: optionalRate,
                newcomers: optionalRate,
                filters: optionalRate,
                events: optionalRate,
                addressEvents: optionalRate,
              },
              {
                ...strict,
                description:
                  'How often public keys may ask: by key, by shopper, by address; shoppers never seen before and new filters, by address; events, by shopper and by address',
              },
            ),
          ),
          imageHosts: Type.Optional(
            Type.Array(Type.String({ pattern: '^[a-zA-Z0-9.*-]+(:[0-9]+)?$' }), {
              description: 'Hosts from which the pages may show pictures',
            }),
          ),
        },
        strict,
      ),
    ),
    search: Type.Optional(
      Type.Object(
        {
          synonyms: text('File of synonyms, from the folder of the shop: lines such as "sofa, couch"'),
          embedder: text(
            'Folder of a text model, from the folder of the shop: tokenizer.json with model.onnx or model.safetensors; without it what words mean is learned from the titles',
          ),
          anonymity: count(
            'Shoppers from which on what they searched for and chose is shown to others, 5 by default',
            1_000,
          ),
          personal: Type.Optional(
            Type.Number({
              minimum: 0,
              maximum: 1,
              description: "How much a shopper's taste counts where a request does not say, 1 by default",
            }),
          ),
        },
        strict,
      ),
    ),
    inventory: Type.Optional(
      Type.Object(
        {
          leadTimeDays: Type.Optional(
            Type.Number({ minimum: 0, maximum: 730, description: 'Days from order to shelf, 14 by default' }),
          ),
          reviewDays: Type.Optional(
            Type.Number({ minimum: 0, maximum: 365, description: 'Days between two looks, 7 by default' }),
          ),
          fill: share('Share of demand, by value, met from the shelf; .95 by default'),
          service: share('Share of cycles without a stock-out, instead of fill'),
          orderCost: Type.Optional(
            Type.Number({
              exclusiveMinimum: 0,
              description: 'What an order costs: orders become as large as pays',
            }),
          ),
          holdingRate: Type.Optional(
            Type.Number({
              exclusiveMinimum: 0,
              maximum: 10,
              description: 'Share of the price that a year in stock costs, .25 by default',
            }),
          ),
        },
        { ...strict, description: 'How the shop orders; what an item or a request says goes before it' },
      ),
    ),
    storefront: Type.Optional(
      Type.Object(
        {
          key: text('Public key that its pages ask with; needed where the server has keys'),
          tools: Type.Optional(
            Type.Boolean({
              description: 'Whether pages show their events and let one switch between shoppers',
            }),
          ),
        },
        { ...strict, description: 'The shop to look at of `endcap serve --storefront`' },
      ),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          shopperEvents: count('Events remembered per shopper, 200 by default', 10_000),
          boughtItems: count('Items remembered per shopper as bought, 1,000 by default', 10_000),
          boughtDays: count('Days for which they are remembered, 730 by default', 36_500),
          residentShoppers: count('Shoppers kept in memory, 20,000 by default', 10_000_000),
          items: count('Items with statistics, 2,000,000 by default', 50_000_000),
          unlistedItems: count(
            'Of these, items that events of a server named and that are in no catalogue, 100,000 by default',
            50_000_000,
          ),
        },
        strict,
      ),
    ),
  },
  { ...strict, title: 'endcap.json', description: 'Configuration of a shop' },
);

export type Config = Type.Static<typeof configSchema>;

/** The configuration in the folder of a shop; empty where there is no file. `invalid_config` names line and field. */
export function readConfig(dir: string): Config {
  const path = join(dir, 'endcap.json');
  return existsSync(path) ? parseConfig(readFileSync(path, 'utf8'), path) : {};
}

/** `path` is for the message only. */
export function parseConfig(text: string, path = 'endcap.json'): Config {
  const source = withoutMark(text);
  const syntax: ParseError[] = [];
  const tree = parseTree(source, syntax, { disallowComments: false, allowTrailingComma: true });
  const [broken] = syntax;
  if (broken || !tree) {
    const what = broken ? printParseErrorCode(broken.error) : 'it is empty';
    throw invalid(path, source, broken?.offset ?? 0, { field: '', message: `is not JSON: ${what}` });
  }
  const twice = repeatedKey(tree, '');
  if (twice) throw invalid(path, source, twice.offset, { field: twice.field, message: 'is there twice' });
  const value: unknown = plain(tree);
  const [fault] = Value.Errors(configSchema, value);
  if (fault) throw invalid(path, source, offsetOf(tree, fault.instancePath), schemaFault(fault, ''));
  return value as Config;
}

function invalid(path: string, source: string, offset: number, { field, message }: FieldError): EndcapError {
  const line = source.slice(0, offset).split('\n').length;
  const remedy = 'See docs/endcap.schema.json for what may stand there';
  return new EndcapError('invalid_config', `${path}, line ${line}: ${field || 'the file'} ${message}`, {
    remedy,
    errors: [{ field: field || 'file', message, row: line, remedy }],
  });
}

/** The first key that an object has twice: the parser would silently take the last. */
function repeatedKey(node: Node, path: string): { field: string; offset: number } | undefined {
  const seen = new Set<string>();
  for (const child of node.children ?? []) {
    const key = child.type === 'property' ? String(child.children![0]!.value) : '';
    const field = [path, key].filter(Boolean).join('.');
    if (key && seen.has(key)) return { field, offset: child.offset };
    seen.add(key);
    const within = repeatedKey(child.type === 'property' ? (child.children![1] ?? child) : child, field);
    if (within) return within;
  }
  return undefined;
}

/** As plain data; without a prototype for names from outside. */
function plain(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(plain);
  if (node.type !== 'object') return node.value;
  const pairs = (node.children ?? []).map(({ children }): [string, unknown] => [
    String(children![0]!.value),
    children![1] && plain(children![1]),
  ]);
  return Object.fromEntries(pairs);
}

/** Where the value at a JSON pointer stands; the nearest that there is. */
function offsetOf(tree: Node, pointer: string): number {
  let node = tree;
  for (const key of pointer.split('/').slice(1)) {
    const next =
      node.type === 'array'
        ? node.children?.[Number(key)]
        : node.children?.find(({ children }) => children?.[0]?.value === key)?.children?.[1];
    if (!next) break;
    node = next;
  }
  return node.offset;
}
