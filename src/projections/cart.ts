/** Items of a cart, and items whose emptying is remembered. */
const linesKept = 400;
export const cartLimit = 200;
/** Changes of one item that are kept one by one. */
const movesKept = 20;

/** One item of a cart, folded by the time of its events: a late one does not bring back what was bought meanwhile. */
export interface CartLine {
  /** Units put in, or taken out (negative), since it was last empty; oldest first. */
  moves: [time: number, units: number][];
  /** When it was last taken out altogether, or bought; −∞ where it never was. */
  emptied: number;
}

export type Cart = Map<string, CartLine>;

export function moveInCart(cart: Cart, item: string, time: number, units: number): void {
  const line = lineOf(cart, item);
  if (time < line.emptied) return;
  insert(line.moves, [time, units]);
  settle(line);
  if (line.moves.length > movesKept) mergeOldest(line.moves);
  makeRoom(cart);
}

/** Bought: what was put in before is in the cart no more. */
export function emptyLine(cart: Cart, item: string, time: number): void {
  const line = lineOf(cart, item);
  line.emptied = Math.max(line.emptied, time);
  line.moves = line.moves.filter(([at]) => at > time);
  settle(line);
  // No line is fuller than before: an order of a thousand items does not look through the cart for each of them.
  if (cart.size > linesKept) dropEmptied(cart);
}

export function mergeCarts(from: Cart, into: Cart): void {
  for (const [item, { moves, emptied }] of from) {
    const line = lineOf(into, item);
    line.emptied = Math.max(line.emptied, emptied);
    for (const move of moves) insert(line.moves, move);
    line.moves = line.moves.filter(([at]) => at > line.emptied);
    settle(line);
  }
  makeRoom(into);
}

/** Units by item, in the order they came. */
export function cartUnits(cart: Cart): [item: string, units: number][] {
  const found: [string, number][] = [];
  for (const [item, { moves }] of cart) if (moves.length > 0) found.push([item, unitsOf(moves)]);
  return found;
}

/** Whether what was put in at a time is in the cart still; what nobody remembers is taken to be. */
export function stillInCart(cart: Cart | undefined, item: string, time: number): boolean {
  const line = cart?.get(item);
  if (!line) return true;
  return line.moves.length > 0 && time >= line.moves[0]![0];
}

function lineOf(cart: Cart, item: string): CartLine {
  const known = cart.get(item);
  if (known && known.moves.length > 0) return known;
  const line = known ?? { moves: [], emptied: Number.NEGATIVE_INFINITY };
  // What is put in anew comes last.
  cart.delete(item);
  cart.set(item, line);
  return line;
}

/** What comes at the same time comes after. */
function insert(moves: CartLine['moves'], move: [number, number]): void {
  let at = moves.length;
  while (at > 0 && moves[at - 1]![0] > move[0]) at--;
  moves.splice(at, 0, move);
}

/** Forgets what came before the cart was last empty of it. */
function settle(line: CartLine): void {
  let units = 0;
  let from = 0;
  line.moves.forEach(([time, change], at) => {
    units += change;
    if (units > 0) return;
    units = 0;
    from = at + 1;
    line.emptied = Math.max(line.emptied, time);
  });
  if (from > 0) line.moves.splice(0, from);
}

function mergeOldest(moves: CartLine['moves']): void {
  const [, units] = moves.splice(1, 1)[0]!;
  moves[0]![1] += units;
}

const unitsOf = (moves: CartLine['moves']): number => moves.reduce((sum, [, units]) => sum + units, 0);

/** The oldest empty line goes: of so many lines no more than `cartLimit` are full. */
function dropEmptied(cart: Cart): void {
  for (const [item, { moves }] of cart) {
    if (moves.length > 0) continue;
    cart.delete(item);
    return;
  }
}

/** The oldest go first: those that are empty, and where the cart is too full, the first that were put in. */
function makeRoom(cart: Cart): void {
  if (cart.size <= cartLimit) return;
  let full = 0;
  for (const { moves } of cart.values()) if (moves.length > 0) full++;
  for (const [item, { moves }] of cart) {
    if (full <= cartLimit && cart.size <= linesKept) return;
    if (moves.length > 0 && full <= cartLimit) continue;
    if (moves.length > 0) full--;
    cart.delete(item);
  }
}
