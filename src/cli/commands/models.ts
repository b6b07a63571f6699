import type { Command } from 'commander';
import { textTable } from '../../report/index.js';
import { openStoreToRead } from '../../storage/index.js';
import { type Listed, Registry } from '../../train/index.js';

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
      const listed = models.map((model) => ('manifest' in model ? model.manifest : model));
      console.log(JSON.stringify({ deployed, models: listed }));
      return;
    }
    console.log(models.length > 0 ? tableOf(models, deployed) : 'No model is trained yet: endcap train');
  } finally {
    await store.close();
  }
}

function tableOf(models: readonly Listed[], deployed: string | undefined): string {
  const table = textTable({ head: ['', 'version', 'NDCG validation', 'NDCG test', 'log offset', 'data'] });
  for (const listed of models) {
    const mark = listed.version === deployed ? '▶' : '';
    if ('fault' in listed) {
      table.push([mark, listed.version, { content: listed.fault, colSpan: 4 }]);
      continue;
    }
    const { metrics, data } = listed.manifest;
    const figures = [metrics.validation.ndcg, metrics.test.ndcg].map((value) => value?.toFixed(4) ?? '');
    table.push([mark, listed.version, ...figures, String(data.logOffset), data.fingerprint]);
  }
  return table.toString();
}
