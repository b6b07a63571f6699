import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Item } from '../../src/core/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { type Serving, serve } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { demoPages } from './shop.js';
import { faults, launch, overflow, phone, screenshot, skip, visitAs } from './visitor.js';

const dir = mkdtempSync(join(tmpdir(), 'endcap-search-'));
const demo = new URL('../../../data/chinese-demo/products.json', import.meta.url);
const products = JSON.parse(readFileSync(demo, 'utf8')) as Item[];
const running = new Set(products.filter(({ category }) => category === '跑步鞋').map(({ id }) => id));
let shop: Serving;
let browser: Browser;

before(async () => {
  if (skip) return;
  const engine = await openEngine({ store: openStore(dir) });
  await engine.catalogue.put(products);
  [shop, browser] = await Promise.all([serve(engine, { port: 0, storefront: demoPages, dir }), launch()]);
});
after(async () => {
  await browser?.close();
  await shop?.close();
  rmSync(dir, { recursive: true, force: true });
});

async function searchFor(page: Page, query: string): Promise<void> {
  const box = page.getByRole('combobox', { name: /^(Search|搜索)$/ });
  await box.fill(query);
  await box.press('Enter');
  await page.getByRole('heading', { level: 1, name: query }).waitFor();
  await page.locator('[data-side=personal][data-status=ready] .hit').first().waitFor();
  await page.locator('[data-side=plain][data-status=ready] .hit').first().waitFor();
}

const idsOf = (page: Page, side: string): Promise<string[]> =>
  page
    .locator(`[data-side=${side}] .hit`)
    .evaluateAll((hits) => hits.map((hit) => hit.getAttribute('data-id')!));
const count = (ids: readonly string[]): number => ids.filter((id) => running.has(id)).length;

test('a search in Chinese: marks, facets, both orders; searched again and again it changes the shop', {
  skip,
}, async () => {
  const { page, complaints } = await visitAs(browser, shop.url, { locale: 'zh-CN' });
  assert.ok(
    count(
      await page
        .locator('[data-shelf=for-you] [data-id]')
        .evaluateAll((all) => all.map((card) => card.getAttribute('data-id')!)),
    ) < 4,
  );
  await searchFor(page, '跑步鞋');
  assert.ok((await idsOf(page, 'personal')).every((id) => running.has(id)));
  assert.equal(await page.locator('.hit mark').first().textContent(), '跑步鞋');
  await page.locator('[data-side=personal] p', { hasText: '与大众排序相同' }).waitFor();
  await page.locator('.feed-row[data-type=search].feed-accepted').first().waitFor();

  const brand = page.locator('[data-facet=brand] .facet-value').first();
  const [name, number] = (await brand.textContent())!.split(' ');
  await brand.click();
  await page.waitForFunction(
    (wanted) => document.querySelectorAll('[data-side=personal] .hit').length === wanted,
    Math.min(24, Number(number)),
  );
  for (const title of await page.locator('[data-side=personal] .hit-title').allTextContents())
    assert.ok(title.includes(name!), title);
  await page.getByRole('button', { name: '显示全部' }).click();

  for (const query of ['跑步鞋女', '跑步鞋']) await searchFor(page, query);
  await searchFor(page, '黑色');
  await page.locator('[data-side=personal] .lift', { hasText: '你之前搜过' }).first().waitFor();
  await page.locator('[data-side=personal] p', { hasText: '根据你的浏览与搜索' }).waitFor();
  const [personal, plain] = [await idsOf(page, 'personal'), await idsOf(page, 'plain')];
  assert.ok(count(personal.slice(0, 4)) > count(plain.slice(0, 4)), `${personal} beside ${plain}`);
  await screenshot(page, 'search.webp');
  assert.deepEqual(await faults(page), []);

  await page.goto(`${shop.url}/`);
  await page.waitForFunction(
    (wanted) =>
      [...document.querySelectorAll('[data-shelf=for-you] [data-id]')].filter((card) =>
        (wanted as string[]).includes((card as HTMLElement).dataset.id ?? ''),
      ).length >= 4,
    [...running],
  );
  assert.deepEqual(complaints, []);
});

test('suggestions by pinyin, chosen by the keyboard; a category leads to its page, an item is opened', {
  skip,
}, async () => {
  const { page, complaints } = await visitAs(browser, shop.url, {});
  const box = page.getByRole('combobox', { name: 'Search' });
  await box.fill('baowenb');
  const options = page.getByRole('option');
  await options.filter({ hasText: '保温杯' }).first().waitFor();
  await box.press('ArrowDown');
  assert.equal(await options.first().getAttribute('aria-selected'), 'true');
  await box.press('Enter');
  await page.getByRole('heading', { level: 1, name: '保温杯' }).waitFor();
  await page.waitForURL(/\/category\//);
  const hit = page.locator('.listing .card').first();
  const title = (await hit.locator('.card-title').textContent())!;
  assert.ok(title.includes('杯'));
  await hit.locator('.card-link').click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await page.locator('.feed-row[data-type=click].feed-accepted').first().waitFor();
  assert.deepEqual(complaints, []);
});

test('on a phone the two orders stand below each other, and nothing is wider than the window', {
  skip,
}, async () => {
  const { page, complaints } = await visitAs(browser, shop.url, phone);
  await searchFor(page, '<script>alert(1)</script> 茶');
  assert.equal(await overflow(page), 0);
  assert.deepEqual(await faults(page), []);
  const lefts = await page
    .locator('.search-side')
    .evaluateAll((sides) => sides.map((side) => Math.round(side.getBoundingClientRect().left)));
  assert.equal(new Set(lefts).size, 1);
  assert.deepEqual(complaints, []);
});
