import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readConfig } from '../../config/index.js';
import { type Item, packageRoot, warn } from '../../core/index.js';
import { Experiments } from '../../experiments/index.js';
import { demoStock, stockSettings } from '../../inventory/index.js';
import { openMarketing } from '../../marketing/index.js';
import { formatReport } from '../../prepare/index.js';
import { serve } from '../../server/index.js';
import { formatDecision, formatSelection, Registry } from '../../train/index.js';
import { demoCategories } from '../demoCategories.js';
import { errorLine } from '../errorLine.js';
import { importInto } from '../importFiles.js';
import { engineTarget } from '../importTarget.js';
import { progressLine } from '../progress.js';
import { openShop, storefrontSite, wholeNumber } from '../shop.js';
import { trainInThread } from '../trainInThread.js';
import { trainingBoard } from '../trainingBoard.js';

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('A shop on real data: import, serve, compare and deploy models beside it')
    .option('--dir <dir>', 'folder of the shop; default .endcap/demo, or .endcap/demo-chinese')
    .option('--chinese', 'an invented Chinese catalogue instead: search it in Chinese or pinyin')
    .option('--port <n>', 'port', '7700')
    .addHelpText('after', '\nExamples:\n  endcap demo --port 8080\n  endcap demo --chinese')
    .action(run);
}

interface DemoOptions {
  dir?: string;
  port: string;
  chinese?: boolean;
}

async function run({ chinese = false, port, ...options }: DemoOptions): Promise<void> {
  const dir = options.dir ?? (chinese ? '.endcap/demo-chinese' : '.endcap/demo');
  const line = progressLine();
  const engine = await openShop(dir, line.report, true);
  if (chinese) {
    await engine.catalogue.put(chineseProducts().filter(({ id }) => !engine.catalogue.get(id)));
  } else if (engine.store.log.head === 0) {
    const files = [join(packageRoot, 'data/online-retail/online-retail.parquet')];
    const quarantine = join(dir, 'quarantine.jsonl');
    const { report } = await importInto(engineTarget(engine), files, {
      dir,
      mapping: { currency: 'GBP' },
      quarantine,
      progress: line.report,
    });
    line.stop();
    console.log(`${formatReport(report)}\n`);
  }
  line.stop();
  const { catalogue, state } = engine;
  const sorted = chinese ? [] : demoCategories(catalogue.all());
  if (sorted.length > 0) {
    await catalogue.put(sorted);
    console.log('The data has no categories: the demo makes them of the nouns of the titles.');
  }
  if (![...catalogue.all()].some(({ stock }) => stock !== undefined)) {
    await catalogue.put(demoStock(catalogue.all(), state.demand.all(), engine.now));
    console.log('The data has no stock: levels are made up for the demo (attribute demoStock).');
  }
  const { inventory } = readConfig(dir);
  const marketing = await openMarketing(engine, { dir });
  await marketing.addExamples();
  const { url } = await serve(engine, {
    marketing,
    port: wholeNumber('--port', port),
    dir,
    experiments: await Experiments.open(engine, dir, warn),
    ...(inventory && { stock: stockSettings(inventory) }),
    storefront: { site: storefrontSite, name: 'Endcap', tools: true, demo: true },
  }).catch(async (error) => {
    await engine.close();
    throw error;
  });
  console.log(`The shop is open: ${url}   (API: ${url}/openapi.json). Ctrl-C stops.`);
  // Nothing has been bought in the invented shop: there is nothing to train on.
  if (chinese || (await new Registry(engine.store.objects).deployed())) return;
  console.log('It recommends from what is bought together; models are trained beside it and take over.\n');
  await trainBeside(dir);
  await engine.reload();
}

/** The invented catalogue. */
function chineseProducts(): Item[] {
  const path = join(packageRoot, 'data/chinese-demo/products.json');
  return JSON.parse(readFileSync(path, 'utf8')) as Item[];
}

/** The shop stays open when a training fails: it goes on as before. */
async function trainBeside(dir: string): Promise<void> {
  const board = trainingBoard();
  try {
    const request = { seed: 1, tune: false, deploy: true };
    const { selection, decision } = await trainInThread(dir, request, board.watch).finally(board.stop);
    console.log(`${formatSelection(selection)}\n${formatDecision(decision!)}\n`);
  } catch (error) {
    process.stderr.write(errorLine(error));
  }
}
