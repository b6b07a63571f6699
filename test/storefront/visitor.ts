import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
export const skip = existsSync(executablePath) ? false : 'no Chromium on this machine';

const taking = process.env.ENDCAP_SCREENSHOTS === '1';
export const desktop = {
  viewport: { width: 1360, height: 900 },
  locale: 'en-GB',
  deviceScaleFactor: taking ? 2 : 1,
};
export const phone = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};

export function launch(): Promise<Browser> {
  const flags = '--no-sandbox --disable-gpu --disable-background-networking --disable-component-update';
  return chromium.launch({ executablePath, args: `${flags} --disable-sync --no-first-run`.split(' ') });
}

/** A fresh visitor on the home page, and what their browser complained about (a breach of the policy, say). */
export async function visitAs(
  browser: Browser,
  url: string,
  options: BrowserContextOptions,
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ ...desktop, ...options });
  // What reaches the log is looked at beside the shop; on a phone it would lie over it.
  if (!options.isMobile)
    await context.addInitScript(() => localStorage.setItem('endcap.shop..panel', 'true'));
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(url);
  await page.locator('[data-shelf=for-you] .card-link').first().waitFor();
  return { page, complaints };
}

export const cardIds = (page: Page, shelf: string): Promise<string[]> =>
  page
    .locator(`[data-shelf=${shelf}] [data-id]`)
    .evaluateAll((cards) => cards.map((card) => card.getAttribute('data-id')!));

/** Ids that stand on more than one shelf of the page. */
export async function shownTwice(page: Page): Promise<string[]> {
  const ids = await page
    .locator('[data-shelf] [data-id]')
    .evaluateAll((cards) => cards.map((card) => card.getAttribute('data-id')!));
  return ids.filter((id, at) => ids.indexOf(id) !== at);
}

export async function goHome(page: Page): Promise<void> {
  await page.getByRole('link', { name: /^Endcap/ }).click();
  await page.locator('.hero').waitFor();
}

/** Waits until a shelf gives a reason that names `title`; returns the reasons by card. */
export async function reasonsNaming(page: Page, shelf: string, title: string): Promise<Map<string, string>> {
  const section = page.locator(`[data-shelf=${shelf}]`);
  const cards = section.locator('.card');
  await section.locator('.why, .shelf-why', { hasText: title }).first().waitFor();
  const said = (await section.locator('.shelf-why').textContent()) ?? '';
  const pairs = await cards.evaluateAll((all) =>
    all.map(
      (card) => [card.getAttribute('data-id')!, card.querySelector('.why')?.textContent ?? ''] as const,
    ),
  );
  // A card that says nothing is there for the reason of its shelf.
  return new Map(pairs.map(([id, why]) => [id, why || said]));
}

export const focused = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.textContent.trim() ?? '');

/** By how much the page is wider than its window, px. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth));

/** What in view cannot be hit 21 px from its middle, up, down, left and right: smaller than a fingertip. */
export const smallTargets = (page: Page): Promise<string[]> =>
  page.locator('button:visible, a:visible').evaluateAll((targets) =>
    targets
      .filter((target) => {
        const { left, right, top, bottom } = target.getBoundingClientRect();
        const [x, y] = [(left + right) / 2, (top + bottom) / 2];
        if (left < 0 || right > innerWidth || top < 0 || bottom > innerHeight) return false;
        if (!target.contains(document.elementFromPoint(x, y))) return false;
        const around = [
          [x - 21, y],
          [x + 21, y],
          [x, y - 21],
          [x, y + 21],
        ] as const;
        return around.some(([px, py]) => !target.contains(document.elementFromPoint(px, py)));
      })
      .map((target) => `${target.className} ${target.textContent}`),
  );

export async function brightnessOfPaper(page: Page): Promise<number> {
  const colour = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return (red + green + blue) / 3;
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds against WCAG 2.2 AA and its own best practices, one line a fault. */
export async function faults(page: Page): Promise<string[]> {
  // A shelf that is rearranged while axe looks has cards half faded in: from now on nothing begins to move.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
  await page.evaluate(axe);
  const { violations } = await page.evaluate<{ violations: Violation[] }>('axe.run()');
  await page.emulateMedia({ reducedMotion: null });
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${impact} ${id} at ${target.join(' ')}: ${failureSummary}`),
  );
}

interface Violation {
  id: string;
  impact: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** Writes docs/images when asked to (ENDCAP_SCREENSHOTS=1), as WebP: a third of the size of PNG. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (!taking) return;
  await page.waitForTimeout(900);
  const png = (await page.screenshot()).toString('base64');
  const encoder = await page.context().newPage();
  const url = await encoder.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), {
      width: image.width,
      height: image.height,
    });
    canvas.getContext('2d')!.drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', 0.86);
  }, png);
  await encoder.close();
  const file = fileURLToPath(new URL(`../../../docs/images/${name}`, import.meta.url));
  writeFileSync(file, Buffer.from(url.slice(url.indexOf(',') + 1), 'base64'));
}
