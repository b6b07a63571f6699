import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { EndcapError, endProcess } from '../../core/index.js';
import { chosenAlgorithms } from '../../models/index.js';
import type { Language } from '../../report/index.js';
import {
  evaluationHtml,
  formatDecision,
  formatSelection,
  formatTook,
  selectionRows,
} from '../../train/index.js';
import { pageLanguage } from '../pageLanguage.js';
import { atLeastOne, wholeNumber } from '../shop.js';
import { trainInThread } from '../trainInThread.js';
import { trainingBoard } from '../trainingBoard.js';

interface Options {
  dir: string;
  models?: string;
  days?: string;
  seed: string;
  tune: boolean;
  budget?: string;
  json?: boolean;
  html?: string;
  language: Language;
}

export function registerTrain(program: Command): void {
  for (const [name, description, deploy] of [
    ['evaluate', 'Compare model algorithms on a temporal split', false],
    ['train', 'Compare model algorithms, deploy the best by validation NDCG@10', true],
  ] as const) {
    program
      .command(name)
      .description(description)
      .option('--dir <dir>', 'folder of the shop', '.endcap')
      .option(
        '--models <names>',
        'algorithms, separated by commas, or all; default: those that are fitted in seconds',
      )
      .option(
        '--days <n>',
        'length of the validation and of the test window; default: 28, or a fifth of a shorter log',
      )
      .option('--seed <n>', 'seed', '1')
      .option('--no-tune', "the algorithms' defaults, no grid")
      .option(
        '--budget <time>',
        'processor time for everything: 90s, 5m, 1h; at most ten times as much on the clock, beside what reading the log takes. What was stopped goes on where it was',
      )
      .option('--json', 'print JSON')
      .option('--html <file>', 'write the comparison as a page with plots')
      .addOption(pageLanguage())
      .addHelpText(
        'after',
        `\nExamples:\n  endcap ${name} --dir ./shop --models popularity,ease --days 14\n  endcap ${name} --dir ./shop --models all --budget 10m --html report.html`,
      )
      .action((options: Options) => run(options, deploy));
  }
}

async function run(options: Options, deploy: boolean): Promise<void> {
  const request = {
    models: options.models,
    days: options.days === undefined ? undefined : atLeastOne('--days', options.days),
    seed: wholeNumber('--seed', options.seed),
    tune: options.tune,
    budget: options.budget === undefined ? undefined : seconds(options.budget),
    deploy,
  };
  chosenAlgorithms(options.models);
  const board = trainingBoard();
  process.once('SIGINT', () => {
    board.stop();
    process.stderr.write('Stopped. What was learned is kept: give the same command again to go on.\n');
    endProcess('SIGINT');
  });
  try {
    const { selection, decision, fingerprint, events, took } = await trainInThread(
      options.dir,
      request,
      board.watch,
    );
    board.stop();
    const { language } = options;
    if (options.html)
      writePage(options.html, evaluationHtml(selection, { fingerprint, events, decision, took, language }));
    if (options.json) {
      const { lead, split, trials, meanRating, untried } = selection;
      const models = selectionRows(selection);
      const about = { models, lead, split, fingerprint, events, meanRating, untried, took };
      console.log(JSON.stringify({ ...about, decision, trials }));
      return;
    }
    console.log(`${formatSelection(selection)}\n${formatTook(took)}`);
    if (decision) console.log(formatDecision(decision));
  } finally {
    board.stop();
  }
}

function writePage(path: string, page: string): void {
  try {
    writeFileSync(path, page);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause;
    throw new EndcapError('unwritable', `The page cannot be written: ${why}`, {
      remedy: 'Give another --html file',
      cause,
    });
  }
}

function seconds(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text) ?? [];
  const value = Number(number) * { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h'];
  if (value > 0) return value;
  throw new EndcapError('invalid_option', `--budget is "${text}"`, { remedy: 'Write 90s, 5m or 1h' });
}
