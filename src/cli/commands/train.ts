import type { Command } from 'commander';
import { formatSelection, selectionRows } from '../../train/index.js';
import { progressLine } from '../progress.js';
import { chosenFamilies, compare, deployBest, openShop } from '../shop.js';

interface Options {
  dir: string;
  models?: string;
  days: string;
  seed: string;
  tune: boolean;
  json?: boolean;
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
      .addHelpText('after', `\nExample:\n  endcap ${name} --dir ./shop --models popularity,ease --days 14`)
      .action((options: Options) => run(options, deploy));
  }
}

async function run(options: Options, deploy: boolean): Promise<void> {
  const line = progressLine();
  const engine = await openShop(options.dir, line.report);
  try {
    const seed = Number(options.seed);
    const families = chosenFamilies(options.models);
    const selection = await compare(engine, {
      families,
      days: Number(options.days),
      seed,
      tune: options.tune,
      progress: line.report,
    });
    line.stop();
    const version = deploy ? await deployBest(engine, selection, seed, line.report) : undefined;
    line.stop();
    if (options.json)
      console.log(
        JSON.stringify({ models: selectionRows(selection), lead: selection.lead, deployed: version }),
      );
    else {
      console.log(formatSelection(selection));
      if (version) console.log(`Deployed ${version}.`);
    }
  } finally {
    line.stop();
    await engine.close();
  }
}
