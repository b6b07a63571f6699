import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Analyser, fold, highlight, openChineseWords, pinyinOf, shopWords } from '../../src/text/index.js';

const chinese = openChineseWords()!;
const analyser = new Analyser(chinese);
const of = (text: string, kind = 'word', by = analyser): string[] =>
  by
    .tokens(text)
    .filter((token) => token.kind === kind)
    .map(({ word }) => word);

test('one form for what is the same word', () => {
  assert.equal(fold('ＣＡＦÉ Ünïted'), 'cafe united');
  assert.equal(fold('運動鞋'), '运动鞋');
  assert.deepEqual(of("Women's RUNNING shoes!"), ['women', 'running', 'shoes']);
  assert.deepEqual(of('<p class="a">red&nbsp;mug</p>'), ['red', 'mug']);
});

test('Chinese gives words and pairs, without the dictionary pairs alone, and traditional is simplified', () => {
  assert.deepEqual(of('女士跑步鞋'), ['女士', '跑步', '鞋']);
  assert.deepEqual(of('女士跑步鞋', 'pair'), ['士跑', '步鞋']);
  assert.deepEqual(of('跑步鞋', 'word', new Analyser()), ['跑步', '步鞋']);
  assert.deepEqual(of('運動'), of('运动'));
});

test('a dictionary that does not load is told of once, and search goes on', () => {
  const told: string[] = [];
  const broken = openChineseWords(
    (_, what) => told.push(what),
    () => {
      throw new Error('no such module');
    },
  );
  assert.equal(broken, undefined);
  assert.equal(told.length, 1);
});

test('words of the shop are learned from its titles', () => {
  const titles = [
    '补水玻尿酸面膜',
    '修护玻尿酸精华',
    '保湿玻尿酸原液',
    '抗皱玻尿酸面霜',
    '亮肤玻尿酸水',
    '清爽玻尿酸乳液',
  ];
  const own = openChineseWords()!;
  assert.ok(!own.cut('玻尿酸面膜').includes('玻尿酸'));
  const learned = shopWords(titles, own);
  assert.ok(learned.includes('玻尿酸'), learned.join());
  own.learn(learned);
  assert.ok(own.cut('玻尿酸面膜').includes('玻尿酸'));
});

test('numbers and their units are one thing, and sizes', () => {
  for (const text of ['500ml', '500 ML', '500毫升', '500 millilitres'])
    assert.ok(of(text, 'joined').includes('500ml'), text);
  assert.ok(of('EU 42', 'joined').includes('eu42'));
  assert.ok(of('2.5 kg', 'joined').includes('2.5kg'));
});

test('pinyin follows the words', () => {
  assert.deepEqual(pinyinOf('重庆'), { whole: 'chongqing', initials: 'cq' });
  assert.equal(pinyinOf('shoe'), undefined);
});

test('every token lies where it says, in any text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(
        fc.constantFrom(
          '跑步鞋',
          'Running',
          ' ',
          '500',
          'ml',
          '運動',
          '👟',
          'é',
          '\ud800',
          'ＡＢ',
          '<b>',
          'ー',
          'ねこ',
        ),
      )
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (given) => {
      for (const { word, start, end, kind } of analyser.tokens(given)) {
        assert.ok(start >= 0 && end <= given.length && start < end);
        assert.ok(word.length > 0 && word.length <= 64);
        if (kind === 'word' && word.length < 20) assert.ok(fold(given.slice(start, end)).includes(word));
      }
      const spans = highlight(analyser, given, () => true);
      for (let at = 1; at < spans.length; at++) assert.ok(spans[at]![0] > spans[at - 1]![1]);
    }),
  );
});
