import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Interval } from '../../src/math/index.js';
import type { Decision } from '../../src/train/deploy.js';
import { metricNames } from '../../src/train/evaluate.js';
import {
  type Evaluation,
  evaluationHtml,
  type Selection,
  selectionRows,
  type Trial,
} from '../../src/train/index.js';
import { cellText, formatDecision, formatSelection, formatTook, remarks } from '../../src/train/report.js';
import { wordsIn } from '../../src/train/words.js';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);
const around = (mean: number): Interval => ({ mean, low: mean - 0.01, high: mean + 0.01 });

function evaluation(ndcg: number) {
  const [precision, recall, f1, mrr, hitRate] = [0.1, 0.2, 0.3, 0.4, 0.6].map(around);
  const metrics = {
    precision: precision!,
    recall: recall!,
    f1: f1!,
    ndcg: around(ndcg),
    mrr: mrr!,
    hitRate: hitRate!,
  };
  const byCase = Object.fromEntries(
    metricNames.map((name) => [name, Float64Array.of(metrics[name].mean)]),
  ) as Evaluation['byCase'];
  return { k: 5, cases: 7, metrics, coverage: 0.75, novelty: around(12.345), byCase };
}

const curve = (epochs: number) => ({
  loss: Array.from({ length: epochs }, (_, at) => 1 / (at + 1)),
  heldOut: [],
});
const trial = (algorithm: string, key: string, ndcg: number, more: Partial<Trial> = {}): Trial => ({
  key,
  algorithm,
  options: {},
  effort: 1,
  seconds: 1,
  cut: false,
  validation: evaluation(ndcg),
  curve: curve(0),
  ...more,
});

const candidate = (algorithm: string, ndcg: number, seconds: number) => ({
  algorithm,
  options: { epochs: 8, size: 2 },
  tried: 3,
  seconds,
  validation: evaluation(ndcg + 0.1),
  test: evaluation(ndcg),
});

const selection: Selection = {
  candidates: [
    { ...candidate('sasrec', 0.5, 12.345), rating: { ratings: 9, mae: around(0.7), rmse: around(0.9) } },
    candidate('popularity', 0.25, 0.25),
  ],
  trials: [
    trial('sasrec', 'aaaa1', 0.6, { options: { epochs: 8 }, epochs: 6, curve: curve(6), cut: true }),
    trial('sasrec', 'aaaa2', 0.5, { options: { epochs: 1 }, epochs: 1, curve: curve(2), effort: 0.125 }),
    trial('blend', 'bbbb', 0.4),
    trial('itemKnn', 'cccc', 0.3),
  ],
  split: {
    days: 10,
    validation: start,
    test: start + 10 * day,
    end: start + 20 * day,
    cases: { validation: 1_006, test: 57 },
  },
  lead: { over: 'popularity', difference: { mean: 0.25, low: 0.2, high: 0.3 } },
  untried: [
    { algorithm: 'gru4rec', why: 'the budget ended before', reason: 'budgetEnded' },
    { algorithm: 'bert4rec', why: 'not asked for', reason: 'unasked' },
    { algorithm: 'slim', why: 'the budget ended before', reason: 'budgetEnded' },
    { algorithm: 'item2Vec', why: 'it diverged' },
  ],
  meanRating: { ratings: 9, mae: around(1.1), rmse: around(1.25) },
};

test('a figure has its interval and four digits, a large one two, and none is a dash', () => {
  assert.equal(cellText(undefined), '–');
  assert.equal(cellText(0.5), '0.5000');
  assert.deepEqual([cellText(9.9999), cellText(10), cellText(-10)], ['9.9999', '10.00', '-10.00']);
  assert.equal(cellText(around(0.5), ' '), '0.5000 [0.4900, 0.5100]');
});

test('the remarks under the table say how the figures came about', () => {
  const [split, lead, ratings, ensembles, rest, budget, unasked, failed, ...more] = remarks(selection);
  assert.match(
    split!,
    /validation from 2026-01-01 \(1,006 shoppers\), test from 2026-01-11 to 2026-01-21 \(57 shoppers\)/,
  );
  assert.equal(lead, 'sasrec minus popularity on test: 0.2500 NDCG [0.2000, 0.3000], paired bootstrap.');
  assert.match(ratings!, /^9 ratings in the test window; .*MAE 1\.1000, RMSE 1\.2500\.$/);
  assert.equal(ensembles, 'Ensembles of several models: blend; the others are single models.');
  assert.equal(rest, 'Measured on validation only, NDCG: blend 0.4000, itemKnn 0.3000.');
  assert.equal(budget, 'Not measured (the budget ended before): gru4rec, slim.');
  assert.equal(unasked, 'Not measured (not asked for): bert4rec.');
  assert.equal(failed, 'Not measured (it diverged): item2Vec.');
  assert.deepEqual(more, []);
  const { meanRating: _, ...ranking } = selection;
  const bare = { ...ranking, lead: undefined };
  const shown = selection.trials.filter(({ algorithm }) => algorithm === 'sasrec');
  assert.equal(
    remarks({ ...bare, trials: shown, untried: [] }).length,
    1,
    'nothing to say of what is not there',
  );
});

test('the table has NDCG first, then the others, and errors of ratings where there are ratings', () => {
  const heads = (of: Selection): number[] => {
    const text = formatSelection(of);
    return ['NDCG', 'Precision', 'Recall', 'F1', 'MRR', 'HR', 'MAE', 'RMSE'].map((head) =>
      text.indexOf(head),
    );
  };
  const all = heads(selection);
  assert.deepEqual(
    all,
    all.toSorted((a, b) => a - b),
  );
  const { meanRating: _, ...without } = selection;
  assert.deepEqual(heads(without).slice(-2), [-1, -1]);
  assert.match(formatSelection(selection), /@5/);
  const row = formatSelection(selection)
    .split('\n')
    .find((line) => line.includes('popularity'))!;
  assert.match(row, /0\.3500.*0\.2500.*0\.1000.*–.*–.*0\.[23]/);
});

interface Row {
  model: string;
  tried: number;
  seconds: number;
  validation: { ndcg: Interval };
  test: { ndcg: Interval; k: number; cases: number; coverage: number };
}

test('as data: plain figures, and what a training took', () => {
  const [first, second] = selectionRows(selection) as unknown as Row[];
  assert.deepEqual([first!.model, first!.tried, first!.seconds], ['sasrec', 3, 12.35]);
  assert.deepEqual([first!.test.ndcg, first!.validation.ndcg], [around(0.5), around(0.6)]);
  assert.deepEqual([first!.test.k, first!.test.cases, first!.test.coverage], [5, 7, 0.75]);
  assert.ok('rating' in first! && !('rating' in second!));
  assert.equal(
    formatTook({ processor: 12.6, clock: 99.4 }),
    'It took 13 s of processor time, 99 s on the clock.',
  );
});

test('the decision is one sentence', () => {
  const reasons: Decision['reasons'] = [
    { text: 'newer', figures: ['ease', 'v1'] },
    { text: 'late', figures: [] },
  ];
  const decision = { version: 'v2', why: '', reasons };
  const why =
    'the same ease as v1, learned from newer data; the time did not suffice to learn the test window too';
  assert.equal(
    formatDecision({ ...decision, deployed: true }),
    `Deployed v2: ${why}. A running server takes it within a second.`,
  );
  assert.equal(formatDecision({ ...decision, deployed: false }), `v2 stays deployed: ${why}.`);
});

test('the page shows each curve once, at its longest, and how each trial ended', () => {
  const against = { version: 'v1', algorithm: 'ease', difference: { mean: 0.1, low: 0.05, high: 0.15 } };
  const reasons: Decision['reasons'] = [{ text: 'cannotServe', figures: ['it is <broken>'] }];
  const decision = { version: 'v2', deployed: true, why: '', reasons, against };
  const took = { processor: 12.6, clock: 99.4 };
  const page = evaluationHtml(selection, { decision, events: 12_345, fingerprint: 'f00d', took });
  assert.ok(page.includes('<strong>Deployed v2: what was deployed cannot serve: it is &lt;broken&gt;'));
  assert.ok(
    page.includes('12,345 events, fingerprint f00d. It took 13 s of processor time, 99 s on the clock.'),
  );
  assert.ok(page.includes('sasrec − ease') && page.includes('0.1000 [0.0500, 0.1500]'));
  const [, curves = ''] = page.split('Learning curves</h2>');
  const [drawn = '', tried = ''] = curves.split('Everything that was tried');
  assert.equal(drawn.match(/class="line"/g)?.length, 1, 'the short one is its beginning');
  const [, path = ''] = /class="line"[^>]* d="([^"]*)"/.exec(drawn)!;
  assert.equal(path.match(/[ML]/g)?.length, 6);
  assert.equal(tried.match(/ended by the clock/g)?.length, 1);
  assert.ok(tried.includes('epochs 8 (6 of 8 epochs)'));
  assert.ok(page.includes('blend (ensemble) bbbb') && !page.includes('sasrec (ensemble)'));
  const still = { ...selection, trials: selection.trials.slice(2) };
  assert.ok(!evaluationHtml(still, { events: 1, fingerprint: 'f' }).includes('Learning curves'));
  const bare = evaluationHtml(selection, { events: 1, fingerprint: 'f' });
  assert.ok(!bare.includes('<strong>') && bare.includes('NDCG@5 on test'));
});

test('few shoppers are said to be few', () => {
  const { validation, test: end } = { validation: 29, test: 57 };
  const few = { ...selection, split: { ...selection.split, cases: { validation, test: end } } };
  assert.equal(remarks(few)[1], wordsIn.en.few);
  assert.ok(!remarks(selection).includes(wordsIn.en.few));
});

test('the page speaks Chinese, every sentence of it', () => {
  const reasons: Decision['reasons'] = [{ text: 'newer', figures: ['sasrec', 'v1'] }];
  const decision = { version: 'v2', deployed: true, why: '', reasons };
  const took = { processor: 1, clock: 2 };
  const page = evaluationHtml(selection, { decision, events: 3, fingerprint: 'f', took, language: 'zh' });
  assert.ok(page.includes('<html lang="zh-Hans">') && page.includes('blend（集成）'));
  const text = page.replace(/<(style|title)>.*?<\/\1>/gs, '').replace(/<[^>]*>/g, ' ');
  const english = text.match(/[A-Za-z][a-z]+ [a-z]+ [a-z]+/g) ?? [];
  assert.deepEqual(
    english.filter((words) => !selection.untried.some(({ why }) => why === words)),
    [],
  );
  const [en, zh] = [wordsIn.en, wordsIn.zh];
  const places = (words: string | string[]): number => String(words).split('{}').length;
  for (const key of Object.keys(en) as (keyof typeof en)[])
    assert.equal(places(zh[key]), places(en[key]), key);
});
