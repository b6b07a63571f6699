import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curveChart } from '../../src/marketing/curves.js';
import { htmlTable } from '../../src/report/index.js';

test('the name of a column stands where its figures do, empty cells or not', () => {
  const page = htmlTable(
    ['<item>', 'sold', 'share', '95 %', 'none', 'says'],
    [
      ['a', 3, '4.1 %', '-0.2 … 0.3', '', 'sure'],
      ['b', '', '', '', '', '7'],
    ],
  );
  const heads = [...page.matchAll(/<th scope="col"( class="number")?>(.*?)<\/th>/g)];
  assert.deepEqual(
    heads.map(([, figures, name]) => [name, figures !== undefined]),
    [
      ['&lt;item&gt;', false],
      ['sold', true],
      ['share', true],
      ['95 %', true],
      ['none', false],
      ['says', false],
    ],
  );
});

test('the text of a chart is not scaled with the window: only its curves are', () => {
  const points = [
    [0, 0],
    [30, 480],
  ] as const;
  const chart = curveChart({
    title: 'a<b',
    x: 'days',
    y: 'money',
    curves: [
      { label: 'spent', points, filled: true },
      { label: 'even', points, dashed: true },
    ],
  });
  const [stretched] = /<svg [^>]*viewBox[^>]*>.*?<\/svg>/.exec(chart)!;
  assert.doesNotMatch(stretched, /<text/);
  assert.equal(chart.match(/viewBox/g)!.length, 1);
  // From 0 to the next whole step above 480, left to right.
  assert.match(stretched, /d="M0,100L100,4"/);
  assert.match(chart, />500<\/text>.*>30<\/text>.*>days<\/text>/s);
  assert.match(chart, /aria-label="a&lt;b: spent ends at 480, even ends at 480"/);
  assert.equal(curveChart({ title: '', x: '', y: '', curves: [{ label: '', points: [] }] }), '');
});
