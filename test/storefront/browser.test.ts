import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Serving } from '../../src/server/index.js';
import { openShop } from './shop.js';
import {
  brightnessOfPaper,
  cardIds,
  faults,
  focused,
  goHome,
  launch,
  overflow,
  phone,
  reasonsNaming,
  screenshot,
  shownTwice,
  skip,
  smallTargets,
  visitAs,
} from './visitor.js';

const dir = mkdtempSync(join(tmpdir(), 'endcap-shop-'));
let shop: Serving;
let browser: Browser;

before(async () => {
  if (skip) return;
  [shop, browser] = await Promise.all([openShop(dir), launch()]);
});
after(async () => {
  await browser?.close();
  await shop?.close();
  rmSync(dir, { recursive: true, force: true });
});

const visit = (options: BrowserContextOptions = {}): ReturnType<typeof visitAs> =>
  visitAs(browser, shop.url, options);
const arrived = (page: Page, type: string): Promise<void> =>
  page.locator(`.feed-row[data-type=${type}].feed-accepted`).first().waitFor();

test('shelves follow a click, for the reason they give, from home to basket to order', { skip }, async () => {
  const { page, complaints } = await visit();
  const cold = await cardIds(page, 'for-you');
  assert.equal(cold.length, 10);
  assert.ok((await cardIds(page, 'trending')).length >= 5);
  assert.deepEqual(await shownTwice(page), []);
  await page.getByText('Nothing known yet').waitFor();

  const card = page.locator('[data-shelf=for-you] .card').nth(1);
  const clicked = (await card.getAttribute('data-id'))!;
  const title = (await card.locator('.card-title').textContent())!.trim();
  await card.locator('.card-link').click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  assert.equal(await page.title(), `${title} · Endcap`);
  const goesWith = await reasonsNaming(page, 'goes-with', title);
  const insteadOf = await reasonsNaming(page, 'instead-of', title);
  assert.deepEqual(new Set(goesWith.values()), new Set([`Often bought with ${title}`]));
  assert.deepEqual(new Set(insteadOf.values()), new Set([`Much like ${title}`]));
  assert.ok(!goesWith.has(clicked) && !insteadOf.has(clicked));
  const common = [...goesWith.keys()].filter((id) => insteadOf.has(id));
  assert.ok(common.length <= 2, `the two shelves share ${common}`);

  const view = page.locator('.feed-row[data-type=view].feed-accepted').filter({ hasText: title });
  await view.waitFor();
  assert.match((await view.textContent())!, /on disk[\d.]+ m?slog \d+/);
  assert.equal(await page.locator('.feed-row[data-type=click].feed-accepted').count(), 1);

  await page.locator('[data-action=add]').click();
  await arrived(page, 'add_to_cart');
  await goHome(page);
  const warm = await reasonsNaming(page, 'for-you', title);
  const fresh = [...warm].filter(([id]) => !cold.includes(id));
  assert.ok(fresh.length >= 5, `only ${fresh.length} of ${warm.size} cards are new`);
  assert.deepEqual(new Set(fresh.map(([, why]) => why)), new Set([`In your basket: ${title}`]));
  await screenshot(page, 'storefront.webp');

  await page.getByRole('link', { name: 'Basket 1 item' }).click();
  await reasonsNaming(page, 'completes', title);
  assert.deepEqual(await shownTwice(page), []);
  assert.equal(await page.locator('.lines .line-item').textContent(), title);
  await page.locator('[data-action=buy]').click();
  await page.getByText('Your order is in the log').waitFor();
  assert.equal(await focused(page), 'Basket');
  await arrived(page, 'purchase');
  await reasonsNaming(page, 'for-you', `Because you bought ${title}`);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('a shelf rearranges in place, and says so to those who do not see it', { skip }, async () => {
  const { page } = await visit();
  const first = page.locator('[data-shelf=for-you] .card').first();
  const title = (await first.locator('.card-title').textContent())!.trim();
  await first.locator('.add').click();
  const why = await reasonsNaming(page, 'for-you', title);
  const badges = await page.locator('[data-shelf=for-you] .card:has(.badge)').count();
  assert.ok(badges >= 5 && badges <= why.size, `${badges} badges`);
  assert.equal(
    await page.locator('[data-shelf=for-you] [aria-live]').textContent(),
    `For you: ${badges} new items`,
  );
  await page.context().close();
});

test('events carry the recommendation they came from', { skip }, async () => {
  const { page } = await visit();
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
  const { page } = await visit();
  await page.locator('[data-shelf=for-you] .card-link').nth(3).click();
  await arrived(page, 'view');
  await goHome(page);
  await page.locator('[data-shelf=for-you] .shelf-why', { hasText: 'Because you viewed' }).waitFor();
  const mine = await cardIds(page, 'for-you');
  await page.getByRole('button', { name: 'New shopper' }).click();
  await page.getByText('Nothing known yet').waitFor();
  assert.notDeepEqual(await cardIds(page, 'for-you'), mine);
  await page.getByRole('button', { name: 'Shopper A' }).click();
  await page.locator('[data-shelf=for-you] .shelf-why', { hasText: 'Because you viewed' }).waitFor();
  assert.deepEqual(await cardIds(page, 'for-you'), mine);
  await page.context().close();
});

test('the keyboard alone reaches an item and puts it into the basket and out again', { skip }, async () => {
  const { page } = await visit({ reducedMotion: 'reduce' });
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
  await page.getByRole('link', { name: 'Basket 1 item' }).waitFor();
  await page.getByRole('status').filter({ hasText: 'Added to your basket' }).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'Basket');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: `Remove ${title}` }).press('Enter');
  await page.getByRole('status').filter({ hasText: 'Your basket is empty' }).waitFor();
  assert.equal(await focused(page), 'Basket', 'the keyboard is where it can go on');
  await page.locator('[data-shelf=for-you] .card').first().waitFor();
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0, 'nothing moves');
  await page.context().close();
});

test('speaks Chinese on request and remembers it', { skip }, async () => {
  const { page } = await visit();
  await page.getByRole('button', { name: '简体中文' }).click();
  await page.getByRole('heading', { name: '为你推荐' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
  await page.reload();
  await page.getByRole('heading', { name: '为你推荐' }).waitFor();
  await page.locator('[data-shelf=for-you] .card-link').first().click();
  await page.locator('[data-shelf=for-you] .shelf-why').filter({ hasText: '因为你看过' }).waitFor();
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('heading', { name: 'Goes with it' }).waitFor();
  await page.context().close();
});

test('fits a phone and a finger, in the dark, in Chinese by the browser’s own wish', { skip }, async () => {
  const light = await visit({ ...phone, colorScheme: 'light' });
  const { page, complaints } = await visit({ ...phone, colorScheme: 'dark', locale: 'zh-CN' });
  const [day, night] = [await brightnessOfPaper(light.page), await brightnessOfPaper(page)];
  assert.ok(day > 200 && night < 60, `${day} by day, ${night} by night`);
  await page.getByRole('heading', { name: '为你推荐' }).waitFor();
  await screenshot(page, 'storefront-dark-phone.webp');

  const assertFits = async (where: string): Promise<void> => {
    assert.equal(await overflow(page), 0, where);
    assert.deepEqual(await smallTargets(page), [], where);
    assert.deepEqual(await faults(page), [], where);
  };
  await assertFits('home');
  await page.locator('[data-shelf=for-you] .card-link').first().tap();
  await page.locator('[data-shelf=goes-with] .card-link').first().waitFor();
  await assertFits('item');
  await page.locator('[data-action=add]').tap();
  await page.locator('.tool-basket').tap();
  await page.locator('[data-action=buy]').waitFor();
  await assertFits('basket');
  await page.getByRole('button', { name: '菜单' }).tap();
  await page.getByRole('button', { name: '实时事件' }).tap();
  await page.locator('.feed-row[data-type=add_to_cart]').waitFor();
  await assertFits('panel');
  await page.keyboard.press('Escape');
  await page.locator('.feed').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: '菜单' }).tap();
  await page.getByRole('button', { name: '切换到浅色' }).tap();
  assert.equal(await brightnessOfPaper(page), day);
  assert.deepEqual([...complaints, ...light.complaints], []);
  await light.page.context().close();
  await page.context().close();
});

test('axe finds no fault with home, item and basket', { skip }, async () => {
  const { page } = await visit({ colorScheme: 'light' });
  assert.deepEqual(await faults(page), [], 'home');
  await page.locator('[data-shelf=for-you] .card-link').first().click();
  await page.locator('[data-shelf=goes-with] .card-link').first().waitFor();
  await page.locator('[data-action=add]').click();
  await arrived(page, 'add_to_cart');
  assert.deepEqual(await faults(page), [], 'item');
  await page.locator('.tool-basket').click();
  await page.locator('[data-shelf=completes] .card-link').first().waitFor();
  assert.deepEqual(await faults(page), [], 'basket');
  await page.context().close();
});

test('a server that goes away and comes back costs no event and no click on "again"', { skip }, async () => {
  const { page } = await visit();
  const second = page.locator('[data-shelf=for-you] .card-link').nth(1);
  const title = (await page.locator('[data-shelf=for-you] .card-title').nth(1).textContent())!.trim();
  const { port } = new URL(shop.url);
  await shop.close();
  await second.click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await page.getByRole('alert').filter({ hasText: 'does not answer just now' }).waitFor();
  await page.locator('[data-action=add]').click();
  await page.getByRole('link', { name: 'Basket 1 item' }).waitFor();
  await page.locator('.feed-row[data-type=add_to_cart]').filter({ hasText: 'sending' }).waitFor();
  shop = await openShop(dir, Number(port));
  await arrived(page, 'add_to_cart');
  await reasonsNaming(page, 'goes-with', title);
  await page.getByText('does not answer just now').waitFor({ state: 'detached' });
  await goHome(page);
  await reasonsNaming(page, 'for-you', `In your basket: ${title}`);
  await page.context().close();
});

test('a slow shelf holds its place', { skip }, async () => {
  const { page } = await visit();
  let answer = (): void => undefined;
  const slow = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route('**/v1/recommend', (route) => slow.then(() => route.continue()));
  await page.reload();
  const waiting = page.locator('[data-shelf=for-you] .card-waiting').first();
  const held = (await waiting.boundingBox())!.height;
  answer();
  await waiting.waitFor({ state: 'detached' });
  const filled = (await page.locator('[data-shelf=for-you] .card').first().boundingBox())!.height;
  assert.ok(held > 0.8 * filled && held < 1.25 * filled, `${held} px held, ${filled} px filled`);
  await page.context().close();
});

test('an event of a page that is left at once still arrives', { skip }, async () => {
  const { page } = await visit();
  await page.route('**/v1/events', (route) => route.abort());
  await page.locator('[data-shelf=for-you] .card-link').first().click();
  await page.locator('.feed-row[data-type=view]').waitFor();
  const keys = (): number => Object.keys(localStorage).filter((key) => key.includes('endcap.unsent.')).length;
  assert.ok((await page.evaluate(keys)) > 0, 'unsent events are kept');
  await page.unroute('**/v1/events');
  await page.goto('about:blank');
  await page.goto(shop.url);
  await page.locator('[data-shelf=for-you] .shelf-why', { hasText: 'Because you viewed' }).waitFor();
  await page.waitForFunction(() => !Object.keys(localStorage).some((key) => key.includes('endcap.unsent.')));
  await page.context().close();
});
