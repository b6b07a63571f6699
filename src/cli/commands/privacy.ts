import { join } from 'node:path';
import type { Command } from 'commander';
import { EndcapError, isId } from '../../core/index.js';
import { forgetDeliveries } from '../../marketing/index.js';
import type { Engine } from '../../recommend/index.js';
import { forgetInFiles, forgetInQuarantine, KeyFile } from '../../server/index.js';
import { requireShop } from '../../storage/index.js';
import { progressLine } from '../progress.js';
import { atLeastOne, openShop } from '../shop.js';

interface Options {
  dir: string;
  json?: boolean;
}

const dayMs = 86_400_000;
const beside = 'While a server has the shop open, ask it:';

/** What the law asks of a shop, where no server has it open. */
export function registerPrivacy(program: Command): void {
  const command = (text: string, description: string, example: string): Command =>
    program
      .command(text)
      .description(description)
      .option('--dir <dir>', 'folder of the shop', '.endcap')
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample:\n  ${example}`);
  command(
    'erase <user>',
    'Remove a shopper from log, state, statistics and quarantine, for good',
    `endcap erase anna --dir ./shop\n\n${beside} DELETE /v1/users/anna\nBackups from before name them still: endcap erase anna --dir BACKUP, for each`,
  ).action(erase);
  command(
    'export-user <user>',
    'Print everything kept of a shopper as JSON',
    `endcap export-user anna --dir ./shop > anna.json\n\n${beside} GET /v1/users/anna/export`,
  ).action(exportUser);
  command('retain', 'Erase the events that are older than some days', 'endcap retain --days 730 --dir ./shop')
    .requiredOption('--days <n>', 'days to keep')
    .action(retain);
}

async function withShop<T>(dir: string, work: (engine: Engine) => Promise<T>): Promise<T> {
  requireShop(dir);
  const line = progressLine();
  const engine = await openShop(dir, line.report);
  line.stop();
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

function requireUser(user: string): void {
  if (!isId(user))
    throw new EndcapError('invalid_option', 'This is no id of a shopper', { remedy: 'Give the id as sent' });
}

async function erase(user: string, { dir, json }: Options): Promise<void> {
  requireUser(user);
  const { receipt, ids } = await withShop(dir, async (engine) => {
    const erasure = await engine.erase(user);
    await forgetDeliveries(engine.store.objects, erasure.ids);
    return erasure;
  });
  const files = await forgetInFiles(dir, ids);
  const { time, receipt: id, events, scrubbed } = receipt;
  await new KeyFile(join(dir, 'keys.json')).audit({
    time,
    action: 'shopper erased',
    by: 'command line',
    receipt: id,
    events,
    scrubbed,
  });
  const whole = { ...receipt, quarantineLines: files.lines, stillNamedIn: files.stillNamedIn };
  if (json) return console.log(JSON.stringify(whole));
  console.log(`Receipt ${id}: ${events} events erased, ${receipt.mentions} of others no longer name them,`);
  console.log(`${files.lines} lines of the quarantine removed. Statistics: ${receipt.statistics}.`);
  if (!scrubbed) console.log('Something reads the store: erase once more when it has ended.');
  if (files.stillNamedIn.length > 0) console.log(`Look also at ${files.stillNamedIn.join(', ')}`);
}

async function exportUser(user: string, { dir }: Options): Promise<void> {
  requireUser(user);
  console.log(JSON.stringify(await withShop(dir, (engine) => engine.exportShopper(user)), null, 2));
}

async function retain({ dir, json, days }: Options & { days: string }): Promise<void> {
  const kept = atLeastOne('--days', days);
  const events = await withShop(dir, async (engine) => {
    const before = engine.now - kept * dayMs;
    const aged = await engine.eraseBefore(before);
    await forgetDeliveries(engine.store.objects, aged.ids);
    await forgetInQuarantine(dir, aged.ids, before);
    return aged.events;
  });
  console.log(json ? JSON.stringify({ events }) : `${events} events were older than ${kept} days: erased.`);
}
