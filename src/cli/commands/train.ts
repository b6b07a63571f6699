import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import type { Command } from 'commander';
import { EndcapError } from '../../core/index.js';
import { evaluationHtml, formatSelection, selectionRows } from '../../train/index.js';
import { progressLine } from '../progress.js';
import { chosenFamilies, compare, deployBest, readShop, wholeNumber } from '../shop.js';

interface Options {
  dir: string;
  models?: string;
  days: string;
  seed: string;
  tune: boolean;
  budget?: string;
  json?: boolean;
  html?: string;
}

export function registerTrain(program: Command): void {
  for (const [name, description, deploy] of [
    ['evaluate', 'Compare model families on a temporal split', false],
    ['train', 'Compare model families, deploy the best by validation NDCG@10', true],
  ] as const) {
    program
      .command(name)
      .description(description)
      .option('--dir <dir>', 'folder of the shop', '.endcap')
      .option('--models <names>', 'families, separated by commas, or all; default: the classics')
      .option('--days <n>', 'length of the validation and of the test window', '28')
      .option('--seed <n>', 'seed', '1')
      .option('--no-tune', "the families' defaults, no grid")
      .option(
        '--budget <time>',
        'time to search: 90s, 5m, 1h; a search that was stopped goes on where it was',
      )
      .option('--json', 'print JSON')
      .option('--html <file>', 'write the comparison as a page with plots')
      .addHelpText(
        'after',
        `\nExamples:\n  endcap ${name} --dir ./shop --models popularity,ease --days 14\n  endcap ${name} --dir ./shop --models all --budget 10m --html report.html`,
      )
      .action((options: Options) => run(options, deploy));
  }
}

async function run(options: Options, deploy: boolean): Promise<void> {
  // A server on this machine comes first.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const line = progressLine();
  try {
    const shop = await readShop(options.dir);
    const seed = wholeNumber('--seed', options.seed);
    const selection = await compare(shop, {
      families: chosenFamilies(options.models),
      days: wholeNumber('--days', options.days),
      seed,
      tune: options.tune,
      budget: options.budget === undefined ? undefined : seconds(options.budget),
      progress: line.report,
    });
    line.stop();
    const outcome = deploy ? await deployBest(shop, selection, seed, line.report) : undefined;
    line.stop();
    const verdict = outcome?.verdict;
    if (options.html) {
      const data = {
        fingerprint: shop.fingerprint,
        events: shop.events.length,
        ...(verdict ? { verdict } : {}),
      };
      writeFileSync(options.html, evaluationHtml(selection, data));
    }
    if (options.json) {
      const models = selectionRows(selection);
      console.log(JSON.stringify({ models, lead: selection.lead, trials: selection.trials, ...outcome }));
      return;
    }
    console.log(formatSelection(selection));
    if (verdict) console.log(verdict);
  } finally {
    line.stop();
  }
}

function seconds(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text) ?? [];
  if (number === undefined)
    throw new EndcapError('invalid_option', `--budget is "${text}"`, { remedy: 'Write 90s, 5m or 1h' });
  return Number(number) * { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h'];
}
