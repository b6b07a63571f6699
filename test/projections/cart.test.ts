import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Cart,
  cartUnits,
  emptyLine,
  mergeCarts,
  moveInCart,
  stillInCart,
} from '../../src/projections/cart.js';

import { start } from '../support/events.js';

const kept = 400;

test('lines of a cart are bounded, also those of what was bought without ever being in it', () => {
  const cart: Cart = new Map();
  for (let at = 0; at < 2_000; at++) emptyLine(cart, `i${at}`, at);
  assert.ok(cart.size <= kept, `${cart.size}`);
  const other: Cart = new Map();
  for (let at = 0; at < 2_000; at++) moveInCart(other, `j${at}`, at, 1);
  assert.ok(other.size <= kept, `${other.size}`);
  mergeCarts(other, cart);
  assert.ok(cart.size <= kept, `${cart.size}`);
});

test('what is put in one by one counts whole, however often', () => {
  const cart: Cart = new Map();
  for (let at = 0; at < 60; at++) moveInCart(cart, 'a', at, 2);
  assert.deepEqual(cartUnits(cart), [['a', 120]]);
  assert.ok(cart.get('a')!.moves.length <= 20);
  moveInCart(cart, 'a', 60, -119);
  assert.deepEqual(cartUnits(cart), [['a', 1]]);
});

test('of a cart that is too full what was put in first goes, and of what is empty all before it', () => {
  const cart: Cart = new Map();
  for (let at = 0; at < 150; at++) emptyLine(cart, `sold${at}`, at);
  for (let at = 0; at < 200; at++) moveInCart(cart, `full${at}`, 200 + at, 1);
  assert.equal(cartUnits(cart).length, 200, 'as many as a cart holds');
  assert.equal(cart.size, 350);
  moveInCart(cart, 'one more', 500, 1);
  assert.deepEqual(
    [cartUnits(cart).length, cartUnits(cart)[0]![0], cartUnits(cart).at(-1)![0]],
    [200, 'full1', 'one more'],
  );
  for (let at = 0; at < 250; at++) emptyLine(cart, `later${at}`, 600 + at);
  assert.deepEqual([cart.size, cartUnits(cart).length], [400, 200], 'what is in it stays');
  assert.ok(!cart.has('later0') && cart.has('later249'));
});

test('what was put in before a purchase is out of the cart, what comes after it is in', () => {
  const cart: Cart = new Map();
  moveInCart(cart, 'a', 10, 2);
  moveInCart(cart, 'b', 10, 1);
  emptyLine(cart, 'a', 20);
  assert.deepEqual(cartUnits(cart), [['b', 1]]);
  // An event that comes late and is older than the purchase changes nothing.
  moveInCart(cart, 'a', 15, 1);
  assert.deepEqual(cartUnits(cart), [['b', 1]]);
  moveInCart(cart, 'a', 30, 3);
  assert.deepEqual(Object.fromEntries(cartUnits(cart)), { a: 3, b: 1 });
});

test('what was put in at its first move, or by nobody, is in the cart still; what came before is not', () => {
  const cart: Cart = new Map();
  moveInCart(cart, 'a', start, 2);
  assert.deepEqual(
    [start - 1, start, start + 1].map((time) => stillInCart(cart, 'a', time)),
    [false, true, true],
  );
  assert.equal(stillInCart(cart, 'b', start), true);
  assert.equal(stillInCart(undefined, 'a', start), true);
  moveInCart(cart, 'a', start + 5, -2);
  assert.equal(stillInCart(cart, 'a', start), false);
});

test('of two moves at the same time the second comes after the first', () => {
  const cart: Cart = new Map();
  moveInCart(cart, 'a', start, 2);
  moveInCart(cart, 'a', start, -1);
  assert.deepEqual(cartUnits(cart), [['a', 1]]);
});

test('an order of a thousand items leaves the last lines of a bounded cart, and what is in it', () => {
  const cart: Cart = new Map();
  for (let n = 0; n < 150; n++) moveInCart(cart, `kept${n}`, n, 1);
  for (let n = 0; n < 1_000; n++) emptyLine(cart, `bought${n}`, 1_000 + n);
  assert.equal(cart.size, 400);
  assert.equal(cartUnits(cart).length, 150);
  assert.ok(cart.has('bought999') && cart.has('bought750') && !cart.has('bought749'));
});
