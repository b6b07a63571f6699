import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import type { Command } from 'commander';
import { evaluationHtml, formatSelection, selectionRows } from '../../train/index.js';
import { progressLine } from '../progress.js';
import { chosenFamilies, compare, deployBest, readShop, wholeNumber } from '../shop.js';

interface Options {
  dir: string;
  models?: string;
  days: string;
  seed: string;
  tune: boolean;
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
      .option('--models <names>', 'families, separated by commas; default: all')
      .option('--days <n>', 'length of the validation and of the test window', '28')
      .option('--seed <n>', 'seed', '1')
      .option('--no-tune', "the families' defaults, no grid")
      .option('--json', 'print JSON')
      .option('--html <file>', 'write the comparison as a page with plots')
      .addHelpText('after', `\nExample:\n  endcap ${name} --dir ./shop --models popularity,ease --days 14`)
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
      progress: line.report,
    });
    line.stop();
    const version = deploy ? await deployBest(shop, selection, seed, line.report) : undefined;
    line.stop();
    if (options.html)
      writeFileSync(
        options.html,
        evaluationHtml(selection, { fingerprint: shop.fingerprint, events: shop.events.length }),
      );
    if (options.json) {
      const models = selectionRows(selection);
      console.log(JSON.stringify({ models, lead: selection.lead, deployed: version }));
      return;
    }
    console.log(formatSelection(selection));
    if (version) console.log(`Deployed ${version}. A running server takes it within a second.`);
  } finally {
    line.stop();
  }
}
