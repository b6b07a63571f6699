import { type Item, isId, type Scalar } from '../core/index.js';
import { timeIn } from './dateOrder.js';
import type { ItemRole } from './itemMapping.js';
import { currencyOf, currencyOfYen, readNumber } from './numbers.js';
import { type DateOrder, readTime } from './times.js';

export type Cells = readonly (string | null)[];

/** Why a row is no item, where, and what to do. */
export interface ItemFault {
  reason: string;
  field: string;
  remedy: string;
}

export interface ItemReaderOptions {
  columns: readonly string[];
  roles: ReadonlyMap<ItemRole, readonly string[]>;
  attributes: readonly string[];
  flags: readonly string[];
  separator: string | undefined;
  decimal: '.' | ',' | undefined;
  numeric: ReadonlySet<string>;
  currency: string | undefined;
  zone: string | undefined;
  /** Order of day and month by column, where it is in doubt. */
  dates: ReadonlyMap<string, DateOrder>;
}

const longest = {
  title: 1_000,
  description: 20_000,
  category: 300,
  brand: 300,
  image: 2_000,
  tag: 100,
  attribute: 1_000,
};
const nothing = /^(|null|nan|none|undefined|n\/a|#n\/a|\(not set\)|\(no genres listed\)|-)$/i;

/** Makes items of rows. */
export class ItemReader {
  readonly #places: Map<ItemRole, number[]>;
  readonly #attributes: { name: string; at: number; numeric: boolean }[];
  readonly #flags: { name: string; at: number }[];
  readonly #yen: string | undefined;

  constructor(private readonly options: ItemReaderOptions) {
    const { columns, roles, attributes, flags, numeric } = options;
    this.#places = new Map(
      [...roles].map(([role, names]) => [role, names.map((name) => columns.indexOf(name))]),
    );
    this.#attributes = attributes.map((name) => ({
      name: name.replace(/^attributes?[.:]/i, ''),
      at: columns.indexOf(name),
      numeric: numeric.has(name),
    }));
    this.#yen = currencyOfYen(columns);
    this.#flags = flags.map((name) => ({ name, at: columns.indexOf(name) }));
  }

  item(cells: Cells): Item | ItemFault {
    const id = this.#text(cells, 'id');
    if (id === undefined) return fault('missing_item', 'id', 'Fill in the id of the item');
    if (!isId(id))
      return fault('invalid_id', 'id', 'Ids have 1 to 128 characters, none of them a control character');
    const item: Item = { id };
    for (const field of ['title', 'brand'] as const) {
      const text = this.#text(cells, field);
      if (text !== undefined) item[field] = plainText(text).slice(0, longest[field]);
    }
    const description = this.#text(cells, 'description');
    if (description !== undefined) item.description = plainText(description).slice(0, longest.description);
    this.#categories(cells, item);
    const money = this.#money(cells, item);
    if (money) return money;
    const image = this.#list(cells, 'image', /\s*[|]\s*|,\s*(?=https?:)/)[0];
    if (image !== undefined) item.image = image.slice(0, longest.image);
    const stock = this.#stock(cells, item);
    if (stock) return stock;
    const tags = [
      ...this.#list(cells, 'tags', this.#separator()),
      ...this.#flags.filter(({ at }) => yes(cells[at])).map(({ name }) => name),
    ];
    if (tags.length > 0) item.tags = [...new Set(tags.map((tag) => tag.slice(0, longest.tag)))].slice(0, 100);
    const dates = this.#dates(cells, item);
    if (dates) return dates;
    this.#others(cells, item);
    return item;
  }

  #text(cells: Cells, role: ItemRole): string | undefined {
    const at = this.#filled(cells, role);
    return at === undefined ? undefined : cells[at]!.trim();
  }

  /** The column that says it in this row. */
  #filled(cells: Cells, role: ItemRole): number | undefined {
    return this.#places.get(role)?.find((at) => {
      const text = cells[at]?.trim();
      return text && !nothing.test(text);
    });
  }

  #separator(): string | RegExp {
    return this.options.separator ?? /\s*[|;,，、]\s*/;
  }

  /** A cell with several values: a JSON list, or parts between separators. */
  #list(cells: Cells, role: ItemRole, separator: string | RegExp): string[] {
    const text = this.#text(cells, role);
    return text === undefined ? [] : parts(text, separator);
  }

  /** `A > B` is a path, as is a list in a list; several are parted by `|`, `;` or a JSON list. */
  #categories(cells: Cells, item: Item): void {
    const text = this.#text(cells, 'category');
    if (text === undefined) return;
    const paths = parts(
      text,
      this.options.separator ?? (/[>›»]/.test(text) ? /\s*[|;]\s*|,\s+(?=[^>]*>)/ : /\s*[|;]\s*/),
    );
    const named = paths.map((path) =>
      plainText(path)
        .split(/\s*(?:>|›|»)\s*/)
        .filter(Boolean)
        .join(' > ')
        .slice(0, longest.category),
    );
    const all = [...new Set(named.filter(Boolean))];
    if (all.length > 0) item.category = all[0]!;
    if (all.length > 1) item.categories = all.slice(0, 100);
  }

  /** The regular price and the reduced one, whichever way round the file names them. */
  #money(cells: Cells, item: Item): ItemFault | undefined {
    const amounts = {
      price: this.#amount(cells, 'price'),
      sale: this.#amount(cells, 'salePrice'),
      before: this.#amount(cells, 'comparePrice'),
    };
    for (const [field, amount] of Object.entries(amounts))
      if (amount && !(amount.value >= 0 && amount.value <= 1e12))
        return fault(
          'invalid_number',
          field === 'price' ? 'price' : 'salePrice',
          'Write prices as numbers, 0 or more',
        );
    let { price, sale } = amounts;
    if (amounts.before && price && amounts.before.value > price.value)
      [price, sale] = [amounts.before, price];
    if (price) item.price = price.value;
    else if (sale) item.price = sale.value;
    if (price && sale && sale.value < price.value && sale.value > 0) item.salePrice = sale.value;
    const named = this.#text(cells, 'currency');
    const said = named && (currencyOf(named) ?? named.toUpperCase());
    if (said !== undefined && !/^[A-Z]{3}$/.test(said))
      return fault('invalid_currency', 'currency', 'Write the currency as ISO 4217 does, such as GBP');
    const currency = said ?? price?.currency ?? sale?.currency ?? this.options.currency;
    if (currency !== undefined && item.price !== undefined) item.currency = currency;
    return undefined;
  }

  #amount(cells: Cells, role: ItemRole): { value: number; currency: string | undefined } | undefined {
    const text = this.#text(cells, role);
    if (text === undefined) return undefined;
    const reading = readNumber(text);
    if (!reading) return { value: Number.NaN, currency: undefined };
    const { decimal, grouped, doubt, sign } = reading;
    const currency = reading.currency ?? (sign === '¥' ? this.#yen : undefined);
    const value = doubt === undefined || doubt === (this.options.decimal ?? '.') ? decimal : grouped;
    return { value, currency };
  }

  #stock(cells: Cells, item: Item): ItemFault | undefined {
    const text = this.#text(cells, 'stock');
    const said = this.#text(cells, 'availability')
      ?.toLowerCase()
      .replace(/^.*\//, '')
      .replace(/[_\s-]/g, '');
    const reading = text === undefined ? undefined : readNumber(text);
    if (text !== undefined && !reading && !available(text) && !gone(text))
      return fault('invalid_number', 'stock', 'Write the stock as a number of units');
    if (reading) {
      const count =
        reading.doubt === undefined || reading.doubt === (this.options.decimal ?? '.')
          ? reading.decimal
          : reading.grouped;
      // Below nothing is nothing: what is sold and not yet there.
      item.stock = Math.min(1e12, Math.max(0, count));
    }
    if ((said !== undefined && gone(said)) || (text !== undefined && gone(text))) item.stock = 0;
    const status = this.#text(cells, 'status')?.toLowerCase();
    if (
      status !== undefined &&
      /^(draft|archived|false|no|0|inactive|disabled|withdrawn|hidden|private|下架|否)$/.test(status)
    )
      item.withdrawn = true;
    return undefined;
  }

  #dates(cells: Cells, item: Item): ItemFault | undefined {
    for (const field of ['from', 'until'] as const) {
      const at = this.#filled(cells, field);
      if (at === undefined) continue;
      const reading = readTime(cells[at]!.trim(), this.options.zone);
      const time = timeIn(reading, this.options.dates.get(this.options.columns[at]!));
      if (Number.isNaN(time)) return fault('invalid_time', field, 'Write the time as ISO 8601');
      item[field] = time;
    }
    return undefined;
  }

  #others(cells: Cells, item: Item): void {
    const attributes: Record<string, Scalar | string[]> = {};
    for (const { name, at, numeric } of this.#attributes) {
      const text = cells[at]?.trim();
      if (text === undefined || nothing.test(text) || name === '__proto__') continue;
      attributes[name] = numeric ? Number(text) : attributeOf(text);
    }
    if (Object.keys(attributes).length > 0) item.attributes = attributes;
  }
}

const fault = (reason: string, field: string, remedy: string): ItemFault => ({ reason, field, remedy });

function attributeOf(text: string): Scalar | string[] {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (text.startsWith('[') || / ?\| ?/.test(text)) {
    const list = parts(text, /\s*\|\s*/);
    if (list.length > 1 || text.startsWith('['))
      return list.slice(0, 100).map((one) => one.slice(0, longest.attribute));
  }
  return text.slice(0, longest.attribute);
}

function parts(text: string, separator: string | RegExp): string[] {
  if (text.startsWith('[')) {
    try {
      const list = JSON.parse(text.includes('"') ? text : text.replaceAll("'", '"')) as unknown;
      if (Array.isArray(list))
        return list
          .flatMap((one) =>
            Array.isArray(one) && one.every((step) => typeof step === 'string') ? one.join(' > ') : one,
          )
          .filter((one) => one !== null && one !== '')
          .map((one) =>
            typeof one === 'object'
              ? String(
                  (one as { name?: unknown; src?: unknown }).name ??
                    (one as { src?: unknown }).src ??
                    JSON.stringify(one),
                )
              : String(one),
          );
    } catch {
      // No JSON: a text in brackets.
    }
  }
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter(Boolean);
}

const yes = (cell: string | null | undefined): boolean =>
  cell !== null && cell !== undefined && /^(1|true|yes|y|x|是)$/i.test(cell.trim());
const gone = (text: string): boolean =>
  /^(outofstock|out of stock|soldout|sold out|unavailable|false|no|0|discontinued|缺货|无货|否|nichtverfügbar|ausverkauft|rupture|agotado)$/i.test(
    text,
  );
const available = (text: string): boolean =>
  /^(instock|in stock|available|true|yes|preorder|backorder|有货|是)$/i.test(text);

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** Text without tags and entities, on one line. */
function plainText(text: string): string {
  const bare = text.includes('<')
    ? text.replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ').replace(/<\/?[a-z!][^>]*>/gi, ' ')
    : text;
  const spelled = bare.includes('&')
    ? bare.replace(/&(#x?[\da-f]+|[a-z]+);/gi, (whole, name: string) => entityOf(name) ?? whole)
    : bare;
  return spelled.replace(/\s+/g, ' ').trim();
}

function entityOf(name: string): string | undefined {
  if (!name.startsWith('#')) return entities[name.toLowerCase()];
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 31 && code < 0x110000 && !(code >= 0xd800 && code <= 0xdfff)
    ? String.fromCodePoint(code)
    : undefined;
}
