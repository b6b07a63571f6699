import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import {
  type ExperimentReport,
  experimentsPage,
  figure,
  Ledger,
  readExperiments,
  reportOf,
} from '../../experiments/index.js';
import { type PolicyConfig, readPolicy } from '../../recommend/index.js';
import { type Language, textTable } from '../../report/index.js';
import { openStoreToRead } from '../../storage/index.js';
import { pageLanguage } from '../pageLanguage.js';

interface Options {
  dir: string;
  html?: string;
  language: Language;
  json?: boolean;
}

export function registerExperiment(program: Command): void {
  program
    .command('experiment')
    .description('Check experiments.json and show what its variants did so far')
    .option('--dir <dir>', 'folder of the shop', '.endcap')
    .option('--html <file>', 'write a page of it and of the policy')
    .addOption(pageLanguage())
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  endcap experiment --dir ./shop\n  endcap experiment --dir ./shop --html experiments.html --language zh',
    )
    .action(run);
}

async function run({ dir, html, language, json }: Options): Promise<void> {
  const config = readExperiments(dir);
  const store = openStoreToRead(dir);
  try {
    const ledger = new Ledger(config);
    for await (const { event } of store.log.read(0)) ledger.apply(event);
    const bytes = await store.objects.get('experiments/stopped.json');
    const stopped = new Set(bytes ? (JSON.parse(Buffer.from(bytes).toString()) as string[]) : []);
    const reports = reportOf(config, ledger, Date.now(), stopped);
    if (html !== undefined) {
      const view = { reports, holdout: config.holdout ?? 0, policy: policyIn(dir) };
      writeFileSync(html, experimentsPage(view, language));
    }
    if (json) console.log(JSON.stringify({ experiments: reports }));
    else if (reports.length === 0)
      console.log('No experiments: write experiments.json into the folder of the shop.');
    else for (const report of reports) console.log(tableOf(report));
  } finally {
    await store.close();
  }
}

function tableOf({ name, state, metric, variants, ratio, crossed }: ExperimentReport): string {
  const table = textTable({ head: ['variant', 'shoppers', metric, 'lift', '95 %, always valid', ''] });
  for (const { variant, shoppers, mean, lift, harms, stopped } of variants) {
    const interval = lift && Number.isFinite(lift.low) ? `${figure(lift.low)} … ${figure(lift.high)}` : '';
    const says = stopped
      ? 'stopped by a guard'
      : harms.length > 0
        ? `worse in ${harms.join(', ')}`
        : lift?.sure
          ? 'sure'
          : '';
    table.push([variant, shoppers, figure(mean), lift ? figure(lift.estimate) : '', interval, says]);
  }
  const notes = [
    ...(ratio.alarm
      ? ['Shoppers did not fall to the variants as their shares say: believe no lift here.']
      : []),
    ...(crossed > 0 ? [`${crossed} shoppers saw two variants and count in none.`] : []),
  ];
  return [`${name} (${state})`, table.toString(), ...notes].join('\n');
}

function policyIn(dir: string): { policy: PolicyConfig } | undefined {
  const path = join(dir, 'policy.json');
  if (!existsSync(path)) return undefined;
  return { policy: readPolicy(readFileSync(path, 'utf8')).written };
}
