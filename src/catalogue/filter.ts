import { EndcapError, type Item, type Scalar } from '../core/index.js';
import { type Token, tokenize } from './filterTokens.js';

export type ItemFilter = (item: Item) => boolean;
type Value = Scalar | readonly string[] | undefined;
type Operand = (item: Item) => Value;

const longest = 2_000;
const deepest = 32;
const remembered = 500;
interface Compiled {
  filter: ItemFilter;
  comparisons: number;
  attributes: ReadonlySet<string>;
}
const compiled = new Map<string, Compiled>();

/**
 * Compiles a filter such as `price < 20 and not (category in ("phones", "tablets") or tags contains "new")`.
 *
 *     or         = and { "or" and }
 *     and        = not { "and" not }
 *     not        = "not" not | "(" or ")" | comparison
 *     comparison = operand [ ("=" | "!=" | "<" | "<=" | ">" | ">=" | "contains") operand
 *                          | ["not"] "in" "(" literal { "," literal } ")" ]
 *     operand    = literal | field
 *
 * A field is one of `Item`, else an attribute of the site (`colour` or `attributes.colour`); a missing field is null.
 * `category` is each of the categories the item is in: one that passes is enough. Order is only between two numbers or
 * two strings: anything else is false. `contains` looks into a list, or for a part of a string in any case. Throws
 * `invalid_filter` with the place. The last compiled ones are kept.
 */
export function compileFilter(text: string): ItemFilter {
  return compile(text).filter;
}

/** Comparisons in a filter: what it costs an item. Throws as `compileFilter` does. */
export function comparisonsIn(text: string): number {
  return compile(text).comparisons;
}

/** Attributes of the site that a filter names. Throws as `compileFilter` does. */
export function attributesIn(text: string): ReadonlySet<string> {
  return compile(text).attributes;
}

function compile(text: string): Compiled {
  const known = compiled.get(text);
  if (known) return known;
  if (text.length > longest)
    throw invalid(`The filter has ${text.length} characters`, 0, `at most ${longest}`);
  const parser = new Parser(tokenize(text, invalid));
  const filter = parser.parse();
  const made = { filter, comparisons: parser.comparisons, attributes: parser.attributes };
  if (compiled.size >= remembered) compiled.delete(compiled.keys().next().value!);
  compiled.set(text, made);
  return made;
}

function invalid(what: string, at: number, remedy: string): EndcapError {
  const message = `${what} at position ${at + 1}`;
  return new EndcapError('invalid_filter', message, {
    remedy,
    errors: [{ field: 'filter', message, remedy }],
  });
}

class Parser {
  #at = 0;
  #depth = 0;
  comparisons = 0;
  readonly attributes = new Set<string>();
  constructor(private readonly tokens: readonly Token[]) {}

  parse(): ItemFilter {
    const filter = this.#or();
    if (this.#next.kind !== 'end') throw this.#unexpected('Join conditions by `and` or `or`');
    return filter;
  }

  get #next(): Token {
    return this.tokens[this.#at]!;
  }

  #or(): ItemFilter {
    const parts = [this.#and()];
    while (this.#take('or')) parts.push(this.#and());
    return parts.length === 1 ? parts[0]! : (item) => parts.some((part) => part(item));
  }

  #and(): ItemFilter {
    const parts = [this.#not()];
    while (this.#take('and')) parts.push(this.#not());
    return parts.length === 1 ? parts[0]! : (item) => parts.every((part) => part(item));
  }

  #not(): ItemFilter {
    if (++this.#depth > deepest)
      throw invalid('The filter is nested too deeply', this.#next.at, `at most ${deepest}`);
    try {
      if (this.#take('not')) {
        const inner = this.#not();
        return (item) => !inner(item);
      }
      if (!this.#take('(')) return this.#comparison();
      const inner = this.#or();
      this.#expect(')');
      return inner;
    } finally {
      this.#depth--;
    }
  }

  #comparison(): ItemFilter {
    this.comparisons++;
    const left = this.#operand();
    if (this.#take('in')) return this.#in(left);
    if (this.#next.text === 'not' && this.tokens[this.#at + 1]?.text === 'in') {
      this.#at += 2;
      const among = this.#in(left);
      return (item) => !among(item);
    }
    const { kind, text } = this.#next;
    const compare = kind === 'symbol' || kind === 'word' ? comparisons.get(text) : undefined;
    if (!compare) return (item) => left(item) === true;
    this.#at++;
    const right = this.#operand();
    if (left !== category) return (item) => compare(left(item), right(item));
    if (text !== '!=') return (item) => inSome(item, (each) => compare(each, right(item)));
    return (item) => !inSome(item, (each) => equal(each, right(item)));
  }

  #in(left: Operand): ItemFilter {
    this.#expect('(');
    const values = new Set<Value>();
    do values.add(this.#literal());
    while (this.#take(','));
    this.#expect(')');
    if (left === category) return (item) => inSome(item, (each) => values.has(each ?? null));
    return (item) => {
      const value = left(item);
      return Array.isArray(value) ? value.some((one) => values.has(one)) : values.has(value ?? null);
    };
  }

  #operand(): Operand {
    const token = this.#next;
    if (token.kind === 'word' && !constants.has(token.text) && !reserved.has(token.text)) {
      this.#at++;
      const attribute = attributeOf(token.text);
      if (attribute === undefined) return ownField(token.text);
      this.attributes.add(attribute);
      return (item) => (hasAttribute(item, attribute) ? item.attributes![attribute] : undefined);
    }
    const literal = this.#literal();
    return () => literal;
  }

  #literal(): Scalar {
    const token = this.#next;
    this.#at++;
    if (token.kind === 'string') return token.text;
    if (token.kind === 'number') return Number(token.text);
    if (token.kind === 'word' && constants.has(token.text)) return constants.get(token.text)!;
    this.#at--;
    throw this.#unexpected('A field, a number, a "text", true, false or null belongs here');
  }

  #take(text: string): boolean {
    const { kind } = this.#next;
    if ((kind !== 'symbol' && kind !== 'word') || this.#next.text !== text) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#unexpected(`A "${text}" belongs here`);
  }

  #unexpected(remedy: string): EndcapError {
    const { kind, text, at } = this.#next;
    return invalid(kind === 'end' ? 'The filter ends too early' : `Unexpected "${text}"`, at, remedy);
  }
}

const constants = new Map<string, Scalar>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const reserved = new Set(['and', 'or', 'not', 'in', 'contains']);
const ownFields = new Set<string>([
  'id',
  'title',
  'description',
  'category',
  'categories',
  'brand',
  'price',
  'salePrice',
  'currency',
  'image',
  'stock',
  'withdrawn',
  'from',
  'until',
  'tags',
] satisfies (keyof Item)[]);

const category: Operand = (item) => item.category;

/** Whether one of the item's categories passes; one that has none has undefined. */
function inSome(
  { category, categories = [] }: Item,
  passes: (category: string | undefined) => boolean,
): boolean {
  if (category !== undefined || categories.length === 0) if (passes(category)) return true;
  return categories.some(passes);
}

/** The attribute of the site that `name` means; undefined for a field of `Item`. */
function attributeOf(name: string): string | undefined {
  if (ownFields.has(name)) return undefined;
  return name.startsWith('attributes.') ? name.slice('attributes.'.length) : name;
}

function ownField(name: string): Operand {
  return name === 'category' ? category : (item) => item[name as 'title'];
}

function hasAttribute({ attributes }: Item, name: string): boolean {
  return attributes !== undefined && Object.hasOwn(attributes, name);
}

type Comparison = (a: Value, b: Value) => boolean;
const comparisons = new Map<string, Comparison>([
  ['=', equal],
  ['!=', (a, b) => !equal(a, b)],
  ['<', (a, b) => ordered(a, b) && a! < b!],
  ['<=', (a, b) => ordered(a, b) && a! <= b!],
  ['>', (a, b) => ordered(a, b) && a! > b!],
  ['>=', (a, b) => ordered(a, b) && a! >= b!],
  ['contains', contains],
]);

function equal(a: Value, b: Value): boolean {
  return (a ?? null) === (b ?? null);
}

function contains(a: Value, b: Value): boolean {
  if (typeof b !== 'string') return false;
  if (Array.isArray(a)) return a.includes(b);
  return typeof a === 'string' && a.toLowerCase().includes(b.toLowerCase());
}

function ordered(a: Value, b: Value): boolean {
  return typeof a === typeof b && (typeof a === 'number' || typeof a === 'string');
}
