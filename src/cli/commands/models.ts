import Table from 'cli-table3';
import type { Command } from 'commander';
import { openStoreToRead } from '../../storage/index.js';
import { Registry } from '../../train/index.js';

interface Options {
  dir: string;
  deploy?: string;
  rollback?: boolean;
  json?: boolean;
}

export function registerModels(program: Command): void {
  program
    .command('models')
    .description('List the trained models, deploy one, or go back')
    .option('--dir <dir>', 'folder of the shop', '.endcap')
    .option('--deploy <version>', 'make this one serve')
    .option('--rollback', 'make the one before serve again')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  endcap models --dir ./shop\n  endcap models --dir ./shop --rollback',
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const store = openStoreToRead(options.dir);
  try {
    const registry = new Registry(store.objects);
    if (options.deploy) await registry.deploy(options.deploy);
    if (options.rollback) await registry.rollback();
    const [models, deployed] = [await registry.list(), await registry.deployed()];
    if (options.json) {
      console.log(JSON.stringify({ deployed, models }));
      return;
    }
    const table = new Table({ head: ['', 'version', 'NDCG validation', 'NDCG test', 'log offset', 'data'] });
    for (const { version, metrics, data } of models) {
      const figures = [metrics.validation.ndcg, metrics.test.ndcg].map((value) => value?.toFixed(4) ?? '');
      table.push([
        version === deployed ? '▶' : '',
        version,
        ...figures,
        String(data.logOffset),
        data.fingerprint,
      ]);
    }
    console.log(table.toString());
  } finally {
    await store.close();
  }
}
