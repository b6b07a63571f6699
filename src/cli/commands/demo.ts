import { join } from 'node:path';
import type { Command } from 'commander';
import { Experiments } from '../../experiments/index.js';
import { formatReport } from '../../prepare/index.js';
import { serve } from '../../server/index.js';
import { formatDecision, formatSelection, Registry } from '../../train/index.js';
import { errorLine } from '../errorLine.js';
import { progressLine } from '../progress.js';
import { importInto, openShop, packageRoot, warn, wholeNumber } from '../shop.js';
import { trainInThread } from '../trainInThread.js';
import { trainingBoard } from '../trainingBoard.js';

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('A shop on real data: import, serve, compare and deploy models beside it')
    .option('--dir <dir>', 'folder of the shop', '.endcap/demo')
    .option('--port <n>', 'port', '7700')
    .addHelpText('after', '\nExample:\n  endcap demo --port 8080')
    .action(run);
}

async function run(options: { dir: string; port: string }): Promise<void> {
  const line = progressLine();
  const engine = await openShop(options.dir, line.report, true);
  if (engine.store.log.head === 0) {
    const files = [join(packageRoot, 'data/online-retail/online-retail.parquet')];
    const quarantine = join(options.dir, 'quarantine.jsonl');
    const { report } = await importInto(engine, files, {
      mapping: { currency: 'GBP' },
      quarantine,
      progress: line.report,
    });
    line.stop();
    console.log(`${formatReport(report)}\n`);
  }
  line.stop();
  const { url } = await serve(engine, {
    port: wholeNumber('--port', options.port),
    experiments: await Experiments.open(engine, options.dir, warn),
    dir: options.dir,
    staticDir: join(packageRoot, 'dist/apps/storefront'),
  }).catch(async (error) => {
    await engine.close();
    throw error;
  });
  console.log(`The shop is open: ${url}   (API: ${url}/openapi.json). Ctrl-C stops.`);
  if (await new Registry(engine.store.objects).deployed()) return;
  console.log('It recommends from what is bought together; models are trained beside it and take over.\n');
  await trainBeside(options.dir);
  await engine.reload();
}

/** The shop stays open when a training fails: it goes on as before. */
async function trainBeside(dir: string): Promise<void> {
  const board = trainingBoard();
  try {
    const request = { days: 28, seed: 1, tune: false, deploy: true };
    const { selection, decision } = await trainInThread(dir, request, board.watch).finally(board.stop);
    console.log(`${formatSelection(selection)}\n${formatDecision(decision!)}\n`);
  } catch (error) {
    process.stderr.write(errorLine(error));
  }
}
