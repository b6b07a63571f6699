import { EndcapError, type ProfileEvent } from '../../core/index.js';

const dayMs = 86_400_000;
const longest = 4_000;
const mostTerms = 50;
const deepest = 20;

/** What a rule looks at: one shopper, now. */
export interface ShopperView {
  now: number;
  /** The last events, oldest first. */
  events: readonly ProfileEvent[];
  /** Chance that the visit under way ends in a purchase; undefined without one. */
  intent: number | undefined;
  /** Orders so far, what was spent in them, and days since the last one (infinite before the first). */
  orders: number;
  spent: number;
  daysSinceOrder: number;
  /** Units in the cart. */
  cart: number;
}

export type Rule = (view: ShopperView) => boolean;

export interface CompiledRule {
  test: Rule;
  /** Whether time alone may change the answer: `in 7 days`, `daysSinceOrder`, `intent`. */
  passes: boolean;
}

const figures = {
  intent: ({ intent }: ShopperView) => intent ?? Number.NaN,
  orders: ({ orders }: ShopperView) => orders,
  spent: ({ spent }: ShopperView) => spent,
  daysSinceOrder: ({ daysSinceOrder }: ShopperView) => daysSinceOrder,
  cart: ({ cart }: ShopperView) => cart,
} as const;
const passing = new Set(['intent', 'daysSinceOrder']);

const compare: Record<string, (a: number, b: number) => boolean> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/**
 * Compiles a rule such as `view("85123A") >= 2 and purchase = 0 in 30 days and intent > 0.6`.
 *
 *     or     = and { "or" and }
 *     and    = not { "and" not }
 *     not    = "not" not | "(" or ")" | term
 *     term   = figure op number
 *            | type ["(" "item" ")" | "(" "same" ")"] op number ["in" number ("minutes" | "hours" | "days")]
 *     figure = "intent" | "orders" | "spent" | "daysSinceOrder" | "cart"
 *
 * A type counts the shopper's events of it; `(same)` counts those of the item that has most of them. At most 50 terms.
 * Throws `invalid_audience` with the place.
 */
export function compileRule(text: string): CompiledRule {
  if (text.length > longest)
    throw invalid(`The rule has ${text.length} characters`, 0, `At most ${longest}: use two audiences`);
  return new Parser(tokensOf(text)).parse();
}

interface Token {
  kind: 'word' | 'number' | 'text' | 'sign' | 'end';
  text: string;
  at: number;
}

const pattern = /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|(-?\d+(?:\.\d+)?|-?\.\d+)|"([^"]*)"|(<=|>=|!=|[=<>()]))/y;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  let at = 0;
  while (text.slice(at).trim() !== '') {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) throw invalid(`"${text.slice(at).trim()[0]}" is not understood`, at, 'Put item ids in "…"');
    const [, word, number, quoted, sign] = found;
    const kind =
      word !== undefined ? 'word' : number !== undefined ? 'number' : quoted !== undefined ? 'text' : 'sign';
    tokens.push({ kind, text: word ?? number ?? quoted ?? sign ?? '', at });
    at = pattern.lastIndex;
  }
  tokens.push({ kind: 'end', text: 'the end', at: text.length });
  return tokens;
}

function invalid(what: string, at: number, remedy: string): EndcapError {
  const message = `${what} at position ${at + 1}`;
  return new EndcapError('invalid_audience', message, {
    remedy,
    errors: [{ field: 'rule', message, remedy }],
  });
}

class Parser {
  private at = 0;
  private depth = 0;
  private terms = 0;
  private passes = false;

  constructor(private readonly tokens: readonly Token[]) {}

  parse(): CompiledRule {
    const test = this.or();
    if (this.next.kind !== 'end') throw this.unexpected('Join terms by `and` or `or`');
    return { test, passes: this.passes };
  }

  private get next(): Token {
    return this.tokens[this.at]!;
  }

  private take(text: string): boolean {
    if (this.next.kind === 'text' || this.next.text !== text) return false;
    this.at++;
    return true;
  }

  private or(): Rule {
    const parts = [this.and()];
    while (this.take('or')) parts.push(this.and());
    return parts.length === 1 ? parts[0]! : (view) => parts.some((part) => part(view));
  }

  private and(): Rule {
    const parts = [this.not()];
    while (this.take('and')) parts.push(this.not());
    return parts.length === 1 ? parts[0]! : (view) => parts.every((part) => part(view));
  }

  private not(): Rule {
    if (++this.depth > deepest) throw this.unexpected(`At most ${deepest} levels of brackets`);
    const rule = this.inner();
    this.depth--;
    return rule;
  }

  private inner(): Rule {
    if (this.take('not')) {
      const part = this.not();
      return (view) => !part(view);
    }
    if (!this.take('(')) return this.term();
    const part = this.or();
    if (!this.take(')')) throw this.unexpected('Close the bracket');
    return part;
  }

  private term(): Rule {
    if (++this.terms > mostTerms) throw this.unexpected(`At most ${mostTerms} terms: use two audiences`);
    if (this.next.kind !== 'word') throw this.unexpected('A term begins with an event type or a figure');
    const name = this.tokens[this.at++]!.text;
    if (Object.hasOwn(figures, name)) {
      if (passing.has(name)) this.passes = true;
      const figure = figures[name as keyof typeof figures];
      const [op, value] = this.comparison();
      return (view) => op(figure(view), value);
    }
    return this.count(name);
  }

  private count(type: string): Rule {
    const item = this.item();
    const [op, value] = this.comparison();
    const within = this.window();
    return (view) => op(counted(view, type, item, within), value);
  }

  /** A quoted id, `same`, or nothing. */
  private item(): { id: string } | 'same' | undefined {
    if (!this.take('(')) return undefined;
    const token = this.tokens[this.at++]!;
    if (token.kind !== 'text' && token.text !== 'same') {
      this.at--;
      throw this.unexpected('In the brackets: an item id in "…", or same');
    }
    if (!this.take(')')) throw this.unexpected('Close the bracket');
    return token.kind === 'text' ? { id: token.text } : 'same';
  }

  private comparison(): [(a: number, b: number) => boolean, number] {
    const op = compare[this.next.text];
    if (this.next.kind !== 'sign' || !op) throw this.unexpected('Compare by =, !=, <, <=, > or >=');
    this.at++;
    return [op, this.number()];
  }

  private number(): number {
    if (this.next.kind !== 'number') throw this.unexpected('A number is needed here');
    return Number(this.tokens[this.at++]!.text);
  }

  private window(): number {
    if (!this.take('in')) return Number.POSITIVE_INFINITY;
    this.passes = true;
    const many = this.number();
    const unit = { minutes: 60_000, hours: 3_600_000, days: dayMs }[this.next.text];
    if (unit === undefined || many <= 0) throw this.unexpected('Say "in 7 days", hours or minutes');
    this.at++;
    return many * unit;
  }

  private unexpected(remedy: string): EndcapError {
    return invalid(`"${this.next.text.slice(0, 40)}" is unexpected`, this.next.at, remedy);
  }
}

function counted(
  { events, now }: ShopperView,
  type: string,
  item: { id: string } | 'same' | undefined,
  within: number,
): number {
  let count = 0;
  const byItem = item === 'same' ? new Map<string, number>() : undefined;
  for (let at = events.length - 1; at >= 0; at--) {
    const event = events[at]!;
    if (now - event.time > within) break;
    if (event.type !== type) continue;
    if (byItem) byItem.set(event.item, (byItem.get(event.item) ?? 0) + 1);
    else if (item === undefined || (item as { id: string }).id === event.item) count++;
  }
  return byItem ? Math.max(0, ...byItem.values()) : count;
}
