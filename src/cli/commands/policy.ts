import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { openCatalogue } from '../../catalogue/index.js';
import { EndcapError } from '../../core/index.js';
import { estimatePolicy, shownLists } from '../../experiments/index.js';
import { mootRules, parsePolicy } from '../../recommend/index.js';
import { openStoreToRead } from '../../storage/index.js';

interface Options {
  dir: string;
  file?: string;
  json?: boolean;
}

export function registerPolicy(program: Command): void {
  program
    .command('policy')
    .description('Check a policy file and say what it would have done to the lists that were shown')
    .option('--dir <dir>', 'folder of the shop', '.endcap')
    .option('--file <file>', 'policy to look at; default: policy.json of the shop')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  endcap policy --dir ./shop\n  endcap policy --dir ./shop --file autumn.json --json',
    )
    .action(run);
}

async function run({ dir, file = join(dir, 'policy.json'), json }: Options): Promise<void> {
  const policy = parsePolicy(read(file));
  const store = openStoreToRead(dir);
  try {
    const catalogue = openCatalogue(store.facts);
    const items = new Map([...catalogue.all()].map((item) => [item.id, item]));
    const estimate = estimatePolicy(policy, await shownLists(store.log.read(0)), items);
    const warnings = mootRules(policy, catalogue);
    if (json) {
      console.log(JSON.stringify({ ...estimate, warnings }));
      return;
    }
    for (const { field, message, remedy } of warnings) console.log(`${field}: ${message}. ${remedy}`);
    const { lists, changed, ndcg, coverage, clicks } = estimate;
    if (lists === 0) {
      console.log(
        `${file} is sound. The log holds no lists that were shown: send impressions to estimate it.`,
      );
      return;
    }
    console.log(
      `${file} is sound. Of ${lists} lists that were shown it changes ${(100 * changed).toFixed(1)} %.`,
    );
    console.log(
      `NDCG ${ndcg.before.toFixed(4)} → ${ndcg.after.toFixed(4)}, items shown ${coverage.before} → ${coverage.after}`,
    );
    const interval = `${clicks.low.toFixed(4)} … ${clicks.high.toFixed(4)}`;
    console.log(`Clicks a list ${clicks.before.toFixed(4)} → ${clicks.after.toFixed(4)} (95 %: ${interval})`);
  } finally {
    await store.close();
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new EndcapError('file_not_found', `Cannot read the policy ${path}`, {
      remedy: 'Say which with --file',
      cause,
    });
  }
}
