import type { Catalogue } from '../catalogue/index.js';
import type { Item } from '../core/index.js';
import { FacetColumn, InvertedIndex, NumberColumn } from '../index/index.js';
import { Analyser, type ChineseWords, openChineseWords, shopWords } from '../text/index.js';

/** Attributes that become facets, the first ones that come; values longer than this are no facet. */
const attributeFacets = 32;
const longestValue = 100;
/** Attributes and tags of an item that are searched. */
const labelsRead = 200;

const han = /\p{Script=Han}/u;

/** Titles looked at to see whether the shop has Chinese text. */
const titlesTried = 2_000;

/** Makes the analysis that fits the catalogue: jieba with the shop's own words where there is Chinese text. */
export function analyserFor(
  catalogue: Catalogue,
  warn: (error: unknown, what: string) => void,
  open: (warn: (error: unknown, what: string) => void) => ChineseWords | undefined = openChineseWords,
): Analyser {
  let tried = 0;
  for (const { title = '' } of catalogue.all()) {
    if (++tried > titlesTried) break;
    if (!han.test(title)) continue;
    const chinese = open(warn);
    chinese?.learn(shopWords(titlesOf(catalogue), chinese));
    return new Analyser(chinese);
  }
  return new Analyser();
}

function* titlesOf(catalogue: Catalogue): Iterable<string> {
  for (const { title } of catalogue.all()) if (title) yield title;
}

/** The catalogue as search sees it: words, facets, prices. It follows each change of an item at once. */
export class ProductIndex {
  readonly words: InvertedIndex;
  readonly facets = new Map<string, FacetColumn>([
    ['category', new FacetColumn()],
    ['brand', new FacetColumn()],
    ['tags', new FacetColumn()],
  ]);
  readonly prices = new NumberColumn();
  /** Another number after each change. */
  version = 0;
  /** Whether a title has been Chinese: then it may be typed by its pinyin. */
  hasChinese = false;
  readonly #stop: () => void;

  constructor(
    readonly catalogue: Catalogue,
    readonly analyser: Analyser,
  ) {
    this.words = new InvertedIndex(analyser);
    for (const { id } of catalogue.all()) this.#follow(catalogue.find(id));
    this.#stop = catalogue.onChange((handle) => this.#follow(handle));
  }

  /** Lets go of the catalogue. */
  close(): void {
    this.#stop();
  }

  get category(): FacetColumn {
    return this.facets.get('category')!;
  }

  get tags(): FacetColumn {
    return this.facets.get('tags')!;
  }

  get brand(): FacetColumn {
    return this.facets.get('brand')!;
  }

  #follow(handle: number): void {
    this.version++;
    const item = this.catalogue.item(handle);
    if (!item || item.withdrawn) {
      this.words.remove(handle);
      for (const column of this.facets.values()) column.remove(handle);
      return;
    }
    this.words.put(handle, textsOf(item));
    this.hasChinese ||= han.test(item.title ?? '');
    this.prices.put(handle, priceOf(item));
    const { category, categories = [], brand, tags = [], attributes = {} } = item;
    const paths = [...(category ? [category] : []), ...categories];
    this.facets.get('category')!.put(handle, paths.slice(0, labelsRead));
    this.facets.get('brand')!.put(handle, brand ? [brand] : []);
    this.facets.get('tags')!.put(handle, tags.slice(0, labelsRead));
    for (const [name, column] of this.facets)
      if (!ownFacets.has(name)) column.put(handle, valuesOf(attributes[name]));
    for (const [name, value] of Object.entries(attributes)) {
      if (this.facets.has(name) || this.facets.size >= ownFacets.size + attributeFacets) continue;
      const values = valuesOf(value);
      if (values.length === 0) continue;
      const column = new FacetColumn();
      column.put(handle, values);
      this.facets.set(name, column);
    }
  }
}

const ownFacets: ReadonlySet<string> = new Set(['category', 'brand', 'tags']);

function valuesOf(value: unknown): string[] {
  if (value === null || value === undefined || value === '') return [];
  const all: unknown[] = Array.isArray(value) ? value.slice(0, labelsRead) : [value];
  return all.map(String).filter((text) => text !== '' && text.length <= longestValue);
}

function priceOf({ price }: Item): number | undefined {
  return price !== undefined && Number.isFinite(price) ? price : undefined;
}

/** In the order of the fields of the index: title, category and brand, tags and attributes, description. */
function textsOf({
  title,
  category = '',
  brand = '',
  tags = [],
  attributes = {},
  description,
}: Item): string[] {
  const labels = [...tags.slice(0, labelsRead)];
  for (const [name, value] of Object.entries(attributes)) {
    if (labels.length >= labelsRead) break;
    if (typeof value === 'string' || typeof value === 'number') labels.push(`${name} ${value}`);
  }
  return [title ?? '', `${category} ${brand}`, labels.join(' · '), description ?? ''];
}
