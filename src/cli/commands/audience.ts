import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import {
  type Audience,
  type IntentAnswer,
  type IntentReport,
  visitHead,
  visitLines,
} from '../../marketing/index.js';
import { type Language, textTable } from '../../report/index.js';
import { type Api, type ApiOptions, askApi, withApiOptions } from '../api.js';
import { pageLanguage } from '../pageLanguage.js';

interface Options extends ApiOptions {
  rule?: string;
  name?: string;
  webhook?: string;
  secret?: string;
  delete?: boolean;
  csv?: string;
  html?: string;
  language: Language;
  train?: boolean;
  json?: boolean;
}

const examples = `
Examples:
  endcap audience --server http://127.0.0.1:7700
  endcap audience undecided --rule 'view(same) >= 2 and purchase = 0 in 7 days and intent > 0.6'
  endcap audience undecided --csv members.csv
  endcap audience --train --html intent.html`;

export function registerAudience(program: Command): void {
  withApiOptions(program.command('audience'))
    .description('Who is about to buy, and saved audiences: list, save, export')
    .argument('[id]', 'audience to show, save or forget')
    .option('--rule <rule>', 'save the audience with this rule')
    .option('--name <name>', 'and this name')
    .option('--webhook <url>', 'tell this address who enters and leaves')
    .option('--secret <text>', 'what the webhook is signed with')
    .option('--delete', 'forget the audience')
    .option('--csv <file>', 'write all members as CSV')
    .option('--train', 'learn intent from the log first')
    .option('--html <file>', 'write a page of it all')
    .addOption(pageLanguage())
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(run);
}

async function run(id: string | undefined, options: Options): Promise<void> {
  await askApi(options, async (api) => {
    if (options.train) await train(api, options);
    if (options.html)
      writeFileSync(
        options.html,
        (await api.call('GET', `/v1/audiences/page?language=${options.language}`)) as string,
      );
    if (id === undefined) return await overview(api, options);
    await one(api, id, options);
  });
}

async function train(api: Api, { json }: Options): Promise<void> {
  const { report } = (await api.call('POST', '/v1/intent/train')) as { report: IntentReport };
  if (json) return;
  console.log(
    `Learned intent from ${report.visitsLearned} visits; on the newest: ROC-AUC ${report.roc.toFixed(3)}, calibration error ${report.calibrationError.toFixed(3)}`,
  );
}

async function overview(api: Api, { json }: Options): Promise<void> {
  const { visits } = (await api.call('GET', '/v1/intent/current?count=20')) as { visits: IntentAnswer[] };
  const { audiences } = (await api.call('GET', '/v1/audiences')) as {
    audiences: (Audience & { members: number })[];
  };
  if (json) {
    console.log(JSON.stringify({ visits, audiences }));
    return;
  }
  const here = textTable({ head: visitHead });
  for (const line of visitLines({ current: () => visits }, 20)) here.push(line);
  console.log(visits.length > 0 ? here.toString() : 'Nobody is here now.');
  const table = textTable({ head: ['audience', 'name', 'rule', 'members'] });
  for (const { id, name, rule, members } of audiences) table.push([id, name, rule, String(members)]);
  console.log(audiences.length > 0 ? table.toString() : 'No audience is saved yet: give an id and --rule.');
}

async function one(api: Api, id: string, options: Options): Promise<void> {
  const path = `/v1/audiences/${encodeURIComponent(id)}`;
  if (options.delete) {
    const deleted = await api.call('DELETE', path);
    console.log(options.json ? JSON.stringify(deleted) : `Forgot ${id}`);
    return;
  }
  const { rule, webhook, secret = '' } = options;
  if (rule !== undefined) {
    const name = options.name ?? id;
    await api.call('PUT', path, { name, rule, ...(webhook ? { webhook: { url: webhook, secret } } : {}) });
  }
  const audience = (await api.call('GET', path)) as Audience & { members: number };
  const { members } = (await api.call('GET', `${path}/members?count=20`)) as {
    members: { user: string; since: number }[];
  };
  if (options.csv) writeFileSync(options.csv, (await api.call('GET', `${path}/members.csv`)) as string);
  if (options.json) {
    console.log(JSON.stringify({ ...audience, newest: members }));
    return;
  }
  console.log(`${audience.name}: ${audience.members} members\n${audience.rule}`);
  const table = textTable({ head: ['newest members', 'since'] });
  for (const { user, since } of members) table.push([user, new Date(since).toISOString()]);
  if (members.length > 0) console.log(table.toString());
}
