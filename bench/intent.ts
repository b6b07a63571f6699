import { join } from 'node:path';
import { type Event, silent } from '../src/core/index.js';
import {
  fitPropensity,
  gatherRows,
  nextPurchase,
  StreamCalibration,
  takeRows,
  trainIntent,
  type Visit,
  VisitFold,
} from '../src/marketing/index.js';
import { averagePrecision, calibrationError, logLoss, rocAuc } from '../src/math/index.js';
import { prepareFiles } from '../src/prepare/index.js';
import type { TreeData } from '../src/trees/index.js';
import { lines } from './support/datasets.js';
import { fromPurchases, onlineShoppers, type Shoppers, without } from './support/onlineShoppers.js';
import { retailFile } from './support/retail.js';
import type { BenchOptions, BenchRow } from './support/row.js';
import { summary } from './support/rows.js';

/**
 * Purchase intent: UCI Online Shoppers on its five splits, with and without `PageValues` (which is computed from finished
 * purchases), and over a drift of months. Settings are chosen by cross-validation inside each training part.
 */
export async function run({ smoke, data }: BenchOptions): Promise<BenchRow[]> {
  const shoppers = onlineShoppers(data);
  const rows: BenchRow[] = [];
  if (shoppers) {
    rows.push(...splits(shoppers, 'online-shoppers', shoppers.data, smoke, [0.93, 0.742, 0.02]));
    rows.push(
      ...splits(
        shoppers,
        'online-shoppers, no PageValues',
        without(shoppers.data, fromPurchases),
        smoke,
        [0.785, 0.375],
      ),
    );
    if (!smoke) rows.push(...drift(shoppers));
  }
  rows.push(
    ...perEvent('rsc15-100k, the session ends in a return to an item', rscEvents(data), endsInReturn, smoke),
  );
  const { events, median } = await retailBaskets();
  const large = (_visit: Visit, order: Event | undefined): boolean =>
    order !== undefined && orderValue(order) >= median;
  rows.push(...perEvent('Online Retail, the basket ends in a large order', events, large, smoke));
  rows.push(...(await nextOrders()));
  return rows;
}

function splits(
  { test }: Shoppers,
  name: string,
  data: TreeData,
  smoke: boolean,
  targets: readonly number[],
): BenchRow[] {
  const measured: Record<string, number[]> = {
    'ROC-AUC': [],
    'PR-AUC': [],
    ECE: [],
    'log loss': [],
    'CPU s a fit': [],
  };
  for (const held of smoke ? test.slice(0, 1) : test) {
    const started = process.cpuUsage();
    const inTest = new Set(held);
    const train = [...data.target.keys()].filter((row) => !inTest.has(row));
    const model = fitPropensity(takeRows(data, train), smoke ? { bags: 1, folds: 2 } : { bags: 5 });
    const used = process.cpuUsage(started);
    const p = model.predictColumns(data.columns.map((column) => gatherRows(column, held)));
    const outcome = gatherRows(data.target, held);
    measured['ROC-AUC']!.push(rocAuc(p, outcome));
    measured['PR-AUC']!.push(averagePrecision(p, outcome));
    measured.ECE!.push(calibrationError(p, outcome));
    measured['log loss']!.push(logLoss(p, outcome));
    measured['CPU s a fit']!.push((used.user + used.system) / 1e6);
    process.stderr.write(
      `${name}: ${Object.values(measured)
        .map((values) => values.at(-1)!.toFixed(4))
        .join(' ')} chosen ${model.content.validation.map((v) => v.toFixed(4))}\n`,
    );
  }
  return Object.entries(measured).map(([metric, values], at) =>
    summary(name, metric, values, targets[at], targets[at] === undefined ? undefined : 'target of issue 18'),
  );
}

/** Trained February to October; November and December come in the order of the file: said first, learned after. */
function drift({ data, month }: Shoppers): BenchRow[] {
  const late = (row: number): boolean => month[row] === 'Nov' || month[row] === 'Dec';
  const train = [...data.target.keys()].filter((row) => !late(row));
  const test = [...data.target.keys()].filter(late);
  const model = fitPropensity(takeRows(data, train));
  const raw = model.predictColumns(data.columns.map((column) => gatherRows(column, test)));
  const outcome = gatherRows(data.target, test);
  const stream = new StreamCalibration();
  const corrected = raw.map((p, at) => {
    const said = stream.correct(p);
    stream.learn(p, outcome[at] === 1);
    return said;
  });
  const name = 'online-shoppers, Feb–Oct to Nov–Dec';
  const row = (metric: string, value: number, reference: number): BenchRow => ({
    data: name,
    metric,
    value,
    reference,
    source: 'issue 18',
  });
  return [
    row('ROC-AUC', rocAuc(raw, outcome), 0.808),
    row('ECE as trained', calibrationError(raw, outcome), 0.082),
    row('ECE, predict then learn', calibrationError(corrected, outcome), 0.04),
  ];
}

/** Trained on the oldest four fifths of the sessions that ended; ROC on the newest, after so many events of each. */
function perEvent(
  name: string,
  events: readonly Event[],
  outcome: (visit: Visit, purchase: Event | undefined) => boolean,
  smoke: boolean,
): BenchRow[] {
  if (events.length === 0) return [];
  const { report } = trainIntent(smoke ? events.slice(0, 20_000) : events, {
    outcome,
    ...(smoke ? { bags: 1, folds: 2, candidates: [{ trees: 30 }] } : {}),
  });
  const row = (metric: string, value: number): BenchRow => ({ data: name, metric, value });
  return [
    row('share that ends so', report.buyRate),
    ...report.afterEvents.map(({ events, rows, roc }) =>
      row(`ROC-AUC after ${events} events (${rows} sessions)`, roc ?? Number.NaN),
    ),
    row('ECE', report.calibrationError),
  ];
}

/** Clicks of YOOCHOOSE, a session a shopper: there are no purchases in this slice. */
function rscEvents(folder: string): Event[] {
  const read = (lines(join(folder, 'rsc15-100k'), 'train_full.tsv.gz') ?? []).slice(1);
  return read
    .map((line, at): Event => {
      const [session = '', item = '', time = ''] = line.trim().split('\t');
      return { id: `e${at}`, type: 'view', user: session, items: [{ id: item }], time: 1000 * Number(time) };
    })
    .sort((a, b) => a.time - b.time);
}

/** Whether the last click of a session went back to an item that had been looked at before. */
function endsInReturn({ items, lastItem }: Visit): boolean {
  return items.some(({ number, views }) => number === lastItem && views > 1);
}

/** Orders of Online Retail as their lines went into the basket, one every 20 s, and the median order of the first half. */
async function retailBaskets(): Promise<{ events: Event[]; median: number }> {
  const orders = (await retailEvents()).filter(({ type }) => type === 'purchase');
  const values = Float64Array.from(orders.slice(0, orders.length / 2), orderValue).sort();
  const events = orders.flatMap((order) => [
    ...order.items.map((item, at) => ({
      ...order,
      id: `${order.id}:${at}`,
      type: 'add_to_cart',
      items: [item],
      time: order.time + 20_000 * at,
    })),
    { ...order, time: order.time + 20_000 * order.items.length },
  ]);
  return { events: events.sort((a, b) => a.time - b.time), median: values[values.length >> 1]! };
}

const orderValue = (order: Event): number =>
  order.items.reduce((sum, { quantity = 1, price = 0 }) => sum + quantity * price, 0);

async function retailEvents(): Promise<Event[]> {
  const prepared = await prepareFiles([retailFile], { now: Date.now(), progress: silent });
  try {
    const events: Event[] = [];
    for await (const batch of prepared.batches(5_000)) events.push(...batch);
    return events;
  } finally {
    prepared.close();
  }
}

/** Next order of each shopper of Online Retail, asked four weeks before the end of the data. */
async function nextOrders(): Promise<BenchRow[]> {
  const events = await retailEvents();
  const weeks = 28 * 86_400_000;
  const cut = events.at(-1)!.time - weeks;
  const fold = new VisitFold();
  for (const event of events) if (event.time < cut) fold.apply(event);
  const came = new Map<string, number>();
  for (const { type, user, time } of events)
    if (type === 'purchase' && time >= cut && !came.has(user)) came.set(user, time);
  const asked = [...fold.pasts].filter(([, past]) => past.orders > 1);
  const said = asked.map(([, past]) => nextPurchase(past, fold.rhythm, cut));
  const outcome = asked.map(([user]) => (came.has(user) ? 1 : 0));
  const p = said.map((next) => next?.within28Days ?? 0);
  const recency = asked.map(([, past]) => past.lastOrder);
  const name = 'Online Retail, an order within the last 28 days';
  return [
    {
      data: name,
      metric: 'ROC-AUC',
      value: rocAuc(p, outcome),
      reference: rocAuc(recency, outcome),
      source: 'recency',
    },
    { data: name, metric: 'ECE', value: calibrationError(p, outcome) },
    {
      data: name,
      metric: 'share that ordered',
      value: came.size === 0 ? 0 : outcome.filter(Boolean).length / outcome.length,
    },
  ];
}
