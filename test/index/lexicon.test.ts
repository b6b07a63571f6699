import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../src/core/index.js';
import { Lexicon } from '../../src/index/index.js';

test('words by their beginning are those of a plain list, whatever thousands of them came and went', () => {
  const chance = random(7);
  const lexicon = new Lexicon();
  const uses = new Map<string, number>();
  const numbers = new Map<string, number>();
  const check = (): void => {
    for (const prefix of ['w1', 'w12', 'w123', 'w9', 'x']) {
      const wanted = [...uses]
        .filter(([word, count]) => count > 0 && word.startsWith(prefix) && word !== prefix)
        .sort(([a, of], [b, other]) => other - of || numbers.get(a)! - numbers.get(b)!)
        .map(([word]) => word);
      const found = lexicon.withPrefix(prefix, 1e9).map((number) => lexicon.word(number));
      assert.deepEqual(found, wanted, prefix);
    }
  };
  for (let step = 0; step < 60_000; step++) {
    const word = `w${chance.int(8_000)}`;
    const count = uses.get(word) ?? 0;
    // Grows at first, then as many go as come.
    if (count > 0 && chance.float() < (step < 20_000 ? 0.2 : 0.5)) lexicon.release(numbers.get(word)!);
    else numbers.set(word, lexicon.use(word));
    uses.set(word, lexicon.find(word) < 0 ? 0 : lexicon.uses(lexicon.find(word)));
    if (step % 6_000 === 0) check();
  }
  check();
  assert.ok(Math.max(...numbers.values()) < 12_000, 'numbers of words that are no more are used again');
});

test('the first search after an import does not sort its words', (t) => {
  const lexicon = new Lexicon();
  for (let at = 0; at < 40_000; at++) lexicon.use(`w${(at * 7_919) % 40_000}`);
  const { sort } = Array.prototype;
  let longest = 0;
  t.after(() => Object.assign(Array.prototype, { sort }));
  Object.assign(Array.prototype, {
    sort(this: unknown[], ...order: Parameters<typeof sort>) {
      longest = Math.max(longest, this.length);
      return sort.apply(this, order);
    },
  });
  const looks = t.mock.method(String.prototype as unknown as { startsWith(): boolean }, 'startsWith').mock;
  const found = lexicon.withPrefix('w3999', 20);
  assert.ok(looks.callCount() < 1_100, `${looks.callCount()} words looked at`);
  assert.equal(found.length, 10);
  assert.equal(longest, 10, 'what was found');
});
