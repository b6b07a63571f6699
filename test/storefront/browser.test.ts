import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { Serving } from '../../src/server/index.js';
import { openShop } from './shop.js';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const skip = existsSync(executablePath) ? false : 'no Chromium on this machine';
const dir = mkdtempSync(join(tmpdir(), 'endcap-shop-'));
let shop: Serving;
let browser: Browser;

before(async () => {
  if (skip) return;
  const flags = '--no-sandbox --disable-gpu --disable-background-networking --disable-component-update';
  const args = `${flags} --disable-sync --no-first-run`.split(' ');
  [shop, browser] = await Promise.all([openShop(dir), chromium.launch({ executablePath, args })]);
});
after(async () => {
  await browser?.close();
  await shop?.close();
  rmSync(dir, { recursive: true, force: true });
});

const desktop = { viewport: { width: 1360, height: 900 }, locale: 'en-GB' };
const phone = { viewport: { width: 360, height: 780 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/** A fresh visitor on the home page, and what their browser complained about. */
async function visit(options: BrowserContextOptions): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ ...desktop, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(shop.url);
  await page.locator('[data-shelf=for-you] .card-link').first().waitFor();
  return { page, complaints };
}

const cardIds = (page: Page, shelf: string): Promise<string[]> =>
  page
    .locator(`[data-shelf=${shelf}] [data-id]`)
    .evaluateAll((cards) => cards.map((card) => card.getAttribute('data-id')!));

async function goHome(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Endcap, Home' }).click();
  await page.locator('.hero').waitFor();
}

/** Waits until a shelf gives a reason that names `title`; returns all of its reasons. */
async function reasonsNaming(page: Page, shelf: string, title: string): Promise<string[]> {
  const reasons = page.locator(`[data-shelf=${shelf}] .why span`);
  await reasons.filter({ hasText: title }).first().waitFor();
  return reasons.allTextContents();
}

test('shelves follow a click, for the reason they give, from home to basket to order', { skip }, async () => {
  const { page, complaints } = await visit({});
  const cold = await cardIds(page, 'for-you');
  assert.equal(cold.length, 10);
  assert.ok((await cardIds(page, 'trending')).length >= 5);

  const card = page.locator('[data-shelf=for-you] .card').nth(1);
  const clicked = (await card.getAttribute('data-id'))!;
  const title = (await card.locator('.card-title').textContent())!.trim();
  await card.locator('.card-link').click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await reasonsNaming(page, 'goes-with', title);
  await reasonsNaming(page, 'instead-of', title);
  const [goesWith, insteadOf] = [await cardIds(page, 'goes-with'), await cardIds(page, 'instead-of')];
  assert.notDeepEqual(goesWith, insteadOf);
  assert.ok(!goesWith.includes(clicked) && !insteadOf.includes(clicked));

  const view = page.locator('.feed-row[data-type=view].feed-accepted').filter({ hasText: title });
  await view.waitFor();
  assert.match((await view.textContent())!, /on disk[\d.]+ mslog \d+/);
  assert.equal(await page.locator('.feed-row[data-type=click].feed-accepted').count(), 1);

  await page.locator('[data-action=add]').click();
  await page.locator('.feed-row[data-type=add_to_cart].feed-accepted').waitFor();
  await goHome(page);
  const reasons = await reasonsNaming(page, 'for-you', title);
  assert.ok(
    reasons.some((reason) => reason === `Because ${title} is in your basket`),
    reasons.join('\n'),
  );
  const warm = await cardIds(page, 'for-you');
  const fresh = warm.filter((id) => !cold.includes(id));
  assert.ok(fresh.length >= 5, `only ${fresh.length} of ${warm.length} cards are new`);
  if (process.env.ENDCAP_SCREENSHOTS === '1') await screenshot(page, 'storefront.png');

  await page.getByRole('link', { name: 'Basket, 1 item' }).click();
  await reasonsNaming(page, 'completes', title);
  assert.equal(await page.locator('.lines .line-item').textContent(), title);
  await page.locator('[data-action=buy]').click();
  await page.getByText('Your order is in the log').waitFor();
  await page.locator('.feed-row[data-type=purchase].feed-accepted').waitFor();
  await reasonsNaming(page, 'for-you', `Because you bought ${title}`);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('events carry the recommendation they came from', { skip }, async () => {
  const { page } = await visit({});
  const shown = page.waitForResponse((response) => response.url().endsWith('/v1/recommend'));
  await page.reload();
  const { recommendationId, scenario } = await (await shown).json();
  const shelf = scenario === 'home' ? 'for-you' : 'trending';
  const sent = page.waitForRequest((request) => (request.postData() ?? '').includes('"click"'));
  await page.locator(`[data-shelf=${shelf}] .card-link`).first().click();
  const click = ((await sent).postDataJSON() as { type: string; attribution: string }[]).find(
    ({ type }) => type === 'click',
  );
  assert.equal(click?.attribution, recommendationId);
  await page.context().close();
});

test('two shoppers see two shops, and each finds their own again', { skip }, async () => {
  const { page } = await visit({});
  await page.locator('[data-shelf=for-you] .card-link').nth(3).click();
  await page.locator('.feed-row[data-type=view].feed-accepted').waitFor();
  await goHome(page);
  await page.locator('[data-shelf=for-you] .why-because').first().waitFor();
  const mine = await cardIds(page, 'for-you');
  await page.getByRole('button', { name: 'New shopper' }).click();
  await page.getByText('Nothing known yet').waitFor();
  await page.locator('[data-shelf=for-you]:not(:has(.why-because))').waitFor();
  assert.notDeepEqual(await cardIds(page, 'for-you'), mine);
  await page.getByRole('button', { name: 'Shopper A' }).click();
  await page.locator('[data-shelf=for-you] .why-because').first().waitFor();
  assert.deepEqual(await cardIds(page, 'for-you'), mine);
  await page.context().close();
});

test('the keyboard alone reaches an item and puts it into the basket', { skip }, async () => {
  const { page } = await visit({});
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'Skip to the shelves');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  const title = await focused(page);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
  for (let step = 0; step < 6 && (await focused(page)) !== 'Add to basket'; step++)
    await page.keyboard.press('Tab');
  await page.waitForFunction(() => document.activeElement?.matches(':focus-visible') ?? false);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Basket, 1 item' }).waitFor();
  await page.getByRole('status').filter({ hasText: 'Added to your basket' }).waitFor();
  await page.context().close();
});

test('speaks Chinese on request and remembers it', { skip }, async () => {
  const { page } = await visit({});
  await page.getByRole('button', { name: '简体中文' }).click();
  await page.getByRole('heading', { name: '为你推荐' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
  await page.reload();
  await page.getByRole('heading', { name: '为你推荐' }).waitFor();
  await page.locator('[data-shelf=for-you] .card-link').first().click();
  await page.locator('[data-shelf=for-you] .why-because').filter({ hasText: '因为你看过' }).first().waitFor();
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('heading', { name: 'Goes with it' }).waitFor();
  await page.context().close();
});

test('fits a phone, in the dark, in Chinese by the browser’s own wish', { skip }, async () => {
  const light = await visit({ ...phone, colorScheme: 'light' });
  const { page, complaints } = await visit({ ...phone, colorScheme: 'dark', locale: 'zh-CN' });
  const paper = (of: Page): Promise<string> =>
    of.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const [day, night] = [await paper(light.page), await paper(page)];
  assert.ok(brightness(day) > 200 && brightness(night) < 60, `${day} by day, ${night} by night`);
  await page.getByRole('heading', { name: '为你推荐' }).waitFor();
  if (process.env.ENDCAP_SCREENSHOTS === '1') await screenshot(page, 'storefront-dark-phone.png');

  assert.equal(await overflow(page), 0, 'home');
  await page.locator('[data-shelf=for-you] .card-link').first().click();
  await page.locator('[data-shelf=goes-with] .card-link').first().waitFor();
  assert.equal(await overflow(page), 0, 'item');
  await page.locator('[data-action=add]').click();
  await page.locator('.tool-basket').click();
  await page.locator('[data-action=buy]').waitFor();
  assert.equal(await overflow(page), 0, 'basket');
  await page.getByRole('button', { name: '显示实时事件' }).click();
  await page.locator('.feed-row[data-type=add_to_cart]').waitFor();
  assert.equal(await overflow(page), 0, 'panel');
  await page.getByRole('button', { name: '切换到浅色' }).click();
  assert.equal(await paper(page), day);
  assert.deepEqual([...complaints, ...light.complaints], []);
  await light.page.context().close();
  await page.context().close();
});

test('says so when the server is away, and carries on when it is back', { skip }, async () => {
  const { page } = await visit({});
  await page.route('**/v1/recommend', (route) => route.fulfill({ status: 400, json: { title: 'No' } }));
  await page.getByRole('button', { name: 'New shopper' }).click();
  await page.getByRole('alert').first().waitFor();
  await page.unroute('**/v1/recommend');
  await page.getByRole('button', { name: 'Try again' }).first().click();
  await page.locator('[data-shelf=for-you][data-status=ready]').waitFor();
  await page.context().close();
});

test('an event of a page that is left at once still arrives', { skip }, async () => {
  const { page } = await visit({});
  await page.route('**/v1/events', (route) => route.abort());
  await page.locator('[data-shelf=for-you] .card-link').first().click();
  await page.locator('.feed-row[data-type=view]').waitFor();
  const unsent = await page.evaluate(
    () => Object.keys(localStorage).filter((key) => key.startsWith('endcap.unsent.')).length,
  );
  assert.ok(unsent > 0, 'unsent events are kept');
  await page.unroute('**/v1/events');
  await page.goto('about:blank');
  await page.goto(shop.url);
  await page.locator('[data-shelf=for-you] .why-because').first().waitFor();
  await page.waitForFunction(
    () => !Object.keys(localStorage).some((key) => key.startsWith('endcap.unsent.')),
  );
  await page.context().close();
});

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.textContent.trim() ?? '');

const overflow = (page: Page): Promise<number> =>
  page.evaluate(() =>
    Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth),
  );

function brightness(color: string): number {
  const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return (red + green + blue) / 3;
}

async function screenshot(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(900);
  await page.screenshot({ path: fileURLToPath(new URL(`../../../docs/images/${name}`, import.meta.url)) });
}
