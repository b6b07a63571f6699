import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { EndcapError } from '../../core/index.js';
import { type UpliftAnswer, upliftHead, upliftLines, upliftPage } from '../../marketing/index.js';
import { type Language, textTable } from '../../report/index.js';
import { type ApiOptions, askApi, withApiOptions } from '../api.js';
import { pageLanguage } from '../pageLanguage.js';

interface Options extends ApiOptions {
  treatment: string;
  outcome: string;
  propensity?: string;
  ignore?: string[];
  offer?: string;
  scores?: string;
  html?: string;
  language: Language;
  json?: boolean;
}

const examples = `
The file has a row a shopper: who was treated (1 or 0, yes or no), what came of it, and what was known of them before.

Examples:
  endcap uplift campaign.csv --treatment coupon --outcome purchase --ignore customer_id
  endcap uplift campaign.csv --treatment coupon --outcome revenue --propensity 0.5 --html uplift.html
  endcap uplift --offer come-back --server http://127.0.0.1:7700`;

export function registerUplift(program: Command): void {
  withApiOptions(program.command('uplift'))
    .description('What an experiment or an offer brought, and whether anybody can be told to be moved by it')
    .argument('[file]', 'a past experiment as CSV')
    .option('--treatment <column>', 'who was treated', 'treatment')
    .option('--outcome <column>', 'what came of it', 'outcome')
    .option('--propensity <share>', 'share treated, where that was drawn at random')
    .option('--ignore <column...>', 'columns that say nothing, such as ids')
    .option('--offer <id>', 'an offer of the shop with its holdout, instead of a file')
    .option('--scores <file>', 'write the uplift expected of each row as CSV')
    .option('--html <file>', 'write a page of it all')
    .addOption(pageLanguage())
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(run);
}

async function run(file: string | undefined, options: Options): Promise<void> {
  const body = bodyOf(file, options);
  await askApi(
    options,
    async (api) => {
      if (process.stderr.isTTY)
        process.stderr.write('Seven learners take turns; this takes up to a minute.\n');
      const answer = (await api.call('POST', '/v1/marketing/uplift', {
        ...body,
        scores: options.scores !== undefined,
      })) as UpliftAnswer;
      if (options.scores) {
        const lines = answer.scores.map((score, at) => `${at + 1},${score}`);
        writeFileSync(options.scores, `row,uplift\n${lines.join('\n')}\n`);
      }
      if (options.html)
        writeFileSync(options.html, upliftPage(answer.report, answer.notes, options.language));
      show(answer, options.json);
    },
    { ofFile: options.offer === undefined },
  );
}

function bodyOf(file: string | undefined, options: Options): object {
  if (options.offer !== undefined) return { offer: options.offer };
  if (file === undefined)
    throw new EndcapError('invalid_option', 'There is neither a file nor --offer', {
      remedy: 'endcap uplift FILE --treatment COLUMN --outcome COLUMN',
    });
  const { treatment, outcome, ignore } = options;
  const propensity = options.propensity === undefined ? undefined : Number(options.propensity);
  if (propensity !== undefined && !(propensity > 0 && propensity < 1))
    throw new EndcapError('invalid_option', `--propensity is "${options.propensity}"`, {
      remedy: 'Give a share between 0 and 1',
    });
  return {
    csv: read(file),
    treatment,
    outcome,
    ...(ignore ? { ignore } : {}),
    ...(propensity === undefined ? {} : { propensity }),
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new EndcapError('file_not_found', `Cannot read ${basename(file)}`, {
      remedy: 'Check the path',
      cause,
    });
  }
}

function show({ said, increment, report, notes }: UpliftAnswer, json: boolean | undefined): void {
  if (json) {
    console.log(JSON.stringify({ said, increment, report, notes }));
    return;
  }
  for (const line of [said, increment, ...notes]) console.log(line);
  const table = textTable({ head: upliftHead });
  for (const line of upliftLines(report)) table.push(line);
  console.log(table.toString());
  const best = textTable({ head: ['best', ...report.deciles.map((_, at) => `${10 * (at + 1)} %`)] });
  best.push(['uplift', ...report.deciles.map((uplift) => uplift.toFixed(3))]);
  console.log(best.toString());
}
