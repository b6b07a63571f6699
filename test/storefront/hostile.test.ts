import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Item } from '../../src/core/index.js';
import { openMarketing } from '../../src/marketing/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { openSearch } from '../../src/search/index.js';
import { type Serving, serve } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { demoPages } from './shop.js';
import { launch, overflow, skip } from './visitor.js';

/** A shop whose goods were named by somebody who wants its pages: whatever runs says so in `pwned`. */
const run = 'globalThis.pwned=(globalThis.pwned||0)+1';
const tricks = [
  `<script>${run}</script>`,
  `<img src=x onerror="${run}">`,
  `"><svg onload=${run}>`,
  `'-(${run})-'`,
  `</title></textarea></style><script>${run}</script>`,
  `<!--<iframe srcdoc="<script>parent.${run.replaceAll('globalThis.', '')}</script>">`,
  `javascript:${run}//`,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what a template would run, as text
  '${globalThis.pwned=1}{{constructor.constructor("globalThis.pwned=1")()}}',
  `\u202Egnp.exe\u202C\u2066\u2067 99.0 EUR`,
  `<a href="javascript:${run}">Lamp</a>`,
];
const ids = [
  '__proto__',
  'constructor',
  '..',
  '../../etc/passwd',
  '<b>',
  '"><img src=x onerror=1>',
  '%2e%2e',
  '\u202Eid',
  '?x#y',
  '//evil.example',
];
const items: Item[] = [
  ...tricks.map(
    (trick, n): Item => ({
      id: ids[n]!,
      title: `Lamp ${trick}`,
      description: `Bright ${trick}`,
      brand: trick,
      category: n % 2 ? `Home > ${trick}` : 'Home',
      tags: [trick],
      price: 10,
      image:
        n % 3 === 0
          ? `javascript:${run}`
          : n % 3 === 1
            ? `data:text/html,<script>${run}</script>`
            : 'https://evil.example/x.svg',
      attributes: { colour: trick, __proto__x: trick },
      stock: 5,
    }),
  ),
  {
    id: 'long',
    title: 'L'.repeat(100_000),
    description: 'lamp '.repeat(20_000),
    price: 1,
    stock: 5,
    category: 'Home',
  },
];
const dir = mkdtempSync(join(tmpdir(), 'endcap-hostile-'));
let shop: Serving;
let browser: Browser;

before(async () => {
  const engine = await openEngine({ store: openStore(dir) });
  await engine.catalogue.put(items);
  const marketing = await openMarketing(engine, { dir });
  const search = await openSearch(engine);
  await marketing.putAudience({ id: 'a', name: tricks[1]!, rule: 'view >= 1' });
  const end = engine.now + 86_400_000;
  const offer = { kind: 'coupon' as const, discounts: [0.5], budget: 1e6, holdout: 0, explore: 0, end };
  await marketing.putOffer({ ...offer, id: 'o', name: tricks[0]!, items: 'viewed' });
  shop = await serve(engine, {
    port: 0,
    dir,
    marketing,
    search,
    storefront: { ...demoPages, name: tricks[2]! },
  });
  if (!skip) browser = await launch();
});
after(async () => {
  await browser?.close();
  await shop.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Opens pages and keeps what must not happen: a dialog, a request elsewhere, a script that ran. */
async function visitor(): Promise<{ page: Page; done(where: string): Promise<void> }> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1360, height: 900 } });
  await context.addInitScript(() => localStorage.setItem('endcap.shop..panel', 'true'));
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const faults: string[] = [];
  page.on('dialog', (dialog) => {
    faults.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => faults.push(`error ${error.message}`));
  page.on('response', (response) => {
    if (!response.url().startsWith(shop.url) && !response.url().startsWith('data:'))
      faults.push(`answer of ${response.url()}`);
  });
  page.on('popup', () => faults.push('popup'));
  return {
    page,
    async done(where) {
      const [pwned, links] = await page.evaluate(() => [
        (globalThis as { pwned?: number }).pwned,
        [...document.querySelectorAll('a')]
          .map((a) => a.href)
          .filter((href) => !href.startsWith(location.origin)),
      ]);
      assert.deepEqual([pwned, links, faults], [undefined, [], []], where);
      assert.equal(await overflow(page), 0, `${where} is wider than its window`);
    },
  };
}

test('goods named by an attacker run nothing, lead nowhere else and break no page', { skip }, async () => {
  const { page, done } = await visitor();
  await page.goto(shop.url);
  await page.locator('[data-shelf] .card-link').first().waitFor();
  await done('home');
  for (const { id, title } of items) {
    await page.goto(`${shop.url}/item/${encodeURIComponent(id)}`);
    await page.locator('main h1').waitFor();
    const shown = await page.locator('main h1').textContent();
    // A path such as `..` is no item's: a browser goes up by it.
    if (id !== '..')
      assert.ok(shown!.startsWith('L'), `${id}: ${shown!.slice(0, 60)} for ${title!.slice(0, 40)}`);
    await done(`item ${id}`);
  }
  await page.locator('main button.primary, main .buy button').first().click();
  await page.goto(`${shop.url}/basket`);
  await page.locator('main').waitFor();
  await done('basket');
});

test('categories, searches, suggestions and addresses made up by an attacker are text', {
  skip,
}, async () => {
  const { page, done } = await visitor();
  await page.goto(`${shop.url}/categories`);
  await page.locator('.facet-value').first().waitFor();
  await done('categories');
  const paths = ['category/', 'search?q=', 'search?q=lamp&f.brand=', 'search?q=lamp&f.__proto__=', 'item/'];
  for (const [at, trick] of tricks.entries()) {
    // Two of them for each text: a page takes most of a second, and all five show texts by the same function.
    for (const path of [paths[at % paths.length]!, paths[(at + 2) % paths.length]!]) {
      await page.goto(`${shop.url}/${path}${encodeURIComponent(trick)}`);
      await page.locator('main').waitFor();
      await page.waitForTimeout(200);
      await done(`${path}${trick}`);
    }
    await page.getByRole('combobox').first().fill(trick.slice(0, 40));
    await page.waitForTimeout(300);
    await done(`typed ${trick}`);
  }
  await page.goto(`${shop.url}/search?q=lamp`);
  await page.locator('.hit-link, .card-link').first().waitFor();
  await done('search');
  for (const path of [
    '/item/..%2f..%2fetc%2fpasswd',
    '/item/%00',
    '/category/__proto__',
    '/%5c%5cevil.example',
    '//evil.example/%2e%2e',
    '/item/%E0%A4%A',
    '/assets/..%2f..%2fpackage.json',
    '/search?q=a&q=b&page=1e99&sort=__proto__&f.=x',
  ]) {
    const answer = await page.goto(shop.url + path);
    assert.ok([200, 400, 404].includes(answer!.status()), `${path} ${answer!.status()}`);
    assert.ok(!(await page.content()).includes('root:'), path);
    assert.equal(new URL(page.url()).origin, new URL(shop.url).origin);
  }
});

test('the pages of the operator show the same names as text, and no page may frame any', {
  skip,
}, async () => {
  const { page, done } = await visitor();
  const user = 'x" onmouseover="alert(1)';
  await fetch(`${shop.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(items.map(({ id }) => ({ type: 'view', user, items: [{ id }] }))),
  });
  for (const path of ['/v1/audiences/page', '/v1/offers/page', '/v1/offers', '/v1/slots', '/v1/policy']) {
    const answer = await fetch(shop.url + path, { headers: { accept: 'text/html' } });
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
    assert.match(answer.headers.get('content-security-policy')!, /frame-ancestors 'none'/, path);
    if (!path.endsWith('/page')) continue;
    await page.goto(shop.url + path);
    await done(path);
    assert.ok(
      (await page.locator('body').textContent())!.includes(tricks[path.includes('offers') ? 0 : 1]!),
      path,
    );
    assert.equal(await page.locator('script, iframe, img').count(), 0, path);
  }
  const frame = await browser.newPage();
  await frame.setContent(`<iframe src="${shop.url}/"></iframe>`);
  await frame.waitForTimeout(500);
  assert.equal(await frame.frames().at(-1)!.locator('main').count(), 0, 'framed');
});
