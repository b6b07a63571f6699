import type { Command } from 'commander';
import { readConfig } from '../../config/index.js';
import { openFold } from '../../marketing/index.js';
import { eventsInState, packedWhole, replay, stateOptions } from '../../projections/index.js';
import { SearchMemory } from '../../search/index.js';
import { backupStore, examineStore, openStore, requireRemains } from '../../storage/index.js';
import { progressLine } from '../progress.js';

export function registerStore(program: Command): void {
  program
    .command('replay')
    .description('Rebuild every derived thing (profiles, statistics, demand, search, marketing) from the log')
    .option('--dir <dir>', 'folder of the shop', '.endcap')
    .option('--accept-loss', 'events or items that were there before are lost for good: go on without them')
    .addHelpText('after', replayHelp)
    .action(runReplay);
  program
    .command('doctor')
    .description('Walk through everything a shop has stored and say what is damaged; changes nothing')
    .option('--dir <dir>', 'folder of the shop', '.endcap')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  endcap doctor --dir ./shop\n\nExit code 1 where something is damaged.',
    )
    .action(runDoctor);
  program
    .command('backup')
    .description('Copy a shop into a new folder, while it serves')
    .argument('<folder>', 'where to; made when absent')
    .option('--dir <dir>', 'folder of the shop', '.endcap')
    .addHelpText('after', backupHelp)
    .action(runBackup);
}

const replayHelp = `
What serves stays as it is until the new state is whole.

Example:
  endcap replay --dir ./shop`;
const backupHelp = `
To restore, put the folder where the shop was and start it: what is derived is made again from the log.

Example:
  endcap backup --dir ./shop ./backups/2026-11-26`;

async function runReplay({ dir, acceptLoss = false }: { dir: string; acceptLoss?: boolean }): Promise<void> {
  requireRemains(dir);
  const line = progressLine();
  const state = stateOptions(readConfig(dir));
  const store = openStore(dir, { renew: true, acceptLoss });
  try {
    const started = performance.now();
    const uses = [packedWhole(await openFold(store.objects)), packedWhole(new SearchMemory(state.table))];
    const rebuilt = await replay(store, { ...state, projections: uses }, line.report, acceptLoss);
    line.stop();
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `${rebuilt.offset} events replayed in ${seconds.toFixed(1)} s; digest ${await rebuilt.digest()}`,
    );
  } finally {
    line.stop();
    await store.close();
  }
}

async function runDoctor({ dir, json }: { dir: string; json?: boolean }): Promise<void> {
  const line = progressLine();
  const phase = 'reading the log';
  const report = (done: number, total: number): void => line.report({ phase, done, total });
  const examination = await examineStore(dir, report, eventsInState).finally(line.stop);
  const { events, records, findings } = examination;
  if (json) console.log(JSON.stringify(examination));
  else {
    for (const { part, message, remedy } of findings) console.log(`${part}: ${message} — ${remedy}`);
    const verdict = findings.length === 0 ? 'all whole' : `${findings.length} damaged`;
    console.log(`${events} events and ${records} records read: ${verdict}`);
  }
  if (findings.length > 0) process.exitCode = 1;
}

async function runBackup(folder: string, { dir }: { dir: string }): Promise<void> {
  await backupStore(dir, folder);
  console.log(`Copied to ${folder}`);
}
