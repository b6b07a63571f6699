import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { silent } from '../../src/core/index.js';
import { prepareFiles, reportHtml } from '../../src/prepare/index.js';
import { barChart, htmlPage, lineChart } from '../../src/report/index.js';
import { faults, launch, overflow, phone, skip } from '../storefront/visitor.js';
import { scratch } from '../support/events.js';

test('the pages of the CLI are fit for a phone, the dark, the keyboard and a screen reader', {
  skip,
}, async (t) => {
  const dir = scratch(t);
  const file = (name: string): string => join(dir, name);
  const line = (n: number): string =>
    `u${n % 7},i${n % 5},${(n % 40) - 2},${1 + (n % 9)},2026-0${1 + (n % 6)}-11`;
  const lines = Array.from({ length: 200 }, (_, n) => line(n));
  writeFileSync(file('orders.csv'), `user,item,quantity,price,time\n${lines.join('\n')}\n`);
  const prepared = await prepareFiles([file('orders.csv')], { now: Date.UTC(2026, 8), progress: silent });
  prepared.close();
  writeFileSync(file('import.html'), reportHtml(prepared.report));
  const bars = [{ label: 'ease', value: 0.1, low: 0.08, high: 0.12 }];
  const series = [{ label: 'ease', points: [0, 1, 2].map((x) => [x, x * x] as const) }];
  const plots = [
    barChart({ title: 'NDCG', bars }),
    lineChart({ title: 'Curve', x: 'epoch', y: 'NDCG', series }),
  ];
  writeFileSync(file('plots.html'), htmlPage({ title: 'Plots', body: plots.join('') }));

  const browser = await launch();
  t.after(() => browser.close());
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await (await browser.newContext({ ...phone, colorScheme })).newPage();
    for (const name of ['import.html', 'plots.html']) {
      await page.goto(pathToFileURL(file(name)).href);
      for (const summary of await page.locator('summary').all()) await summary.press('Enter');
      assert.equal(await page.locator('details[open]').count(), await page.locator('summary').count());
      assert.deepEqual(await faults(page), [], `${name}, ${colorScheme}`);
      assert.equal(await overflow(page), 0, name);
    }
  }
});

test('a plot says its figures without being seen', () => {
  const bars = [{ label: 'a <b>', value: 0.5, low: 0.4, high: 0.6 }];
  const page = barChart({ title: 'Models', bars });
  assert.match(page, /aria-label="Models: a &lt;b&gt; 0\.5"/);
  assert.match(page, /<line class="whisker" x1="66\.67%" x2="100\.00%"/);
  assert.match(page, /<rect [^>]*width="83\.33%"/);
});
