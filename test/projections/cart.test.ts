import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cart, cartUnits, emptyLine, mergeCarts, moveInCart } from '../../src/projections/cart.js';

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
