import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anonymousOf, OwnedBy, ownersOf } from '../../src/projections/index.js';
import { event } from '../support/events.js';

const view = (user: string) => event({ id: `v-${user}`, user });
const joins = (user: string, anonymous: string) =>
  event({ id: `i-${user}`, type: 'identify', user, items: [], context: { anonymous } });

const phone = 'anon_phone';
const log = [
  view(phone),
  view('anna'),
  joins('anna', phone),
  view(phone),
  joins('bert', phone),
  view(phone),
  // Nobody takes what a known shopper did, and nobody joins themselves.
  joins('bert', 'anna'),
  joins('bert', 'bert'),
];

test('what an anonymous id did is the shopper’s who was joined to it next, once', () => {
  const owners = ['anna', 'anna', 'anna', 'bert', 'bert', phone, 'bert', 'bert'];
  assert.deepEqual(ownersOf(log), owners);
  for (const user of ['anna', 'bert', 'nobody']) {
    const own = new OwnedBy(user, new Set([phone, 'anna', 'bert']));
    for (const [offset, each] of log.entries()) own.add({ offset, event: each });
    const offsets = owners.flatMap((owner, at) => (owner === user ? [at] : []));
    assert.deepEqual(
      own.events.map(({ offset }) => offset),
      offsets,
      user,
    );
  }
});

test('an event joins an id to its own shopper only, if it joins one', () => {
  assert.equal(anonymousOf(joins('anna', phone), 'anna'), phone);
  assert.equal(anonymousOf(joins('anna', phone), 'bert'), undefined);
  assert.equal(anonymousOf({ ...joins('anna', phone), type: 'view' }, 'anna'), undefined);
  assert.equal(anonymousOf({ ...joins('anna', phone), context: {} }, 'anna'), undefined);
});
