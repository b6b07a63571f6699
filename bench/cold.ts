import { silent, Vocabulary } from '../src/core/index.js';
import { products } from '../src/models/factorModel.js';
import { item2Vec, type Model, type Query, titleBlend, titles, twoTower } from '../src/models/index.js';
import { contest, type Options, report } from './support/algorithms.js';
import { asked } from './support/asked.js';
import { beautyEntries, type ColdTask, coldBeauty, withEntries } from './support/coldItems.js';
import { beauty, type NextItem } from './support/datasets.js';
import type { BenchOptions, BenchRow } from './support/row.js';
import { summary } from './support/rows.js';

const k = 10;
/** Shoppers whose last item but one is held out for early stopping. */
const heldOut = 5000;

/**
 * Item2Vec and two towers on Amazon Beauty. Warm: leave-one-out as in the bench of the algorithms. Cold: a tenth of the items
 * is withheld from training with all its interactions; where one of them comes next, it is ranked among all items, by
 * its entry alone; a blend knows its entry at training. `ENDCAP_BENCH=warm` or `cold` runs one half, with `twoTower` or
 * `titleBlend` the cold half of that one.
 */
export async function run({ smoke, data }: BenchOptions): Promise<BenchRow[]> {
  const entries = beautyEntries(data);
  const task = beauty(data);
  const cold = entries && coldBeauty(data, entries, { seed: 1, shoppers: smoke ? 2000 : 1e9 });
  if (!entries || !task || !cold) return [];
  const { names } = asked();
  const within = (part: string, other: string): boolean => names.includes(part) || !names.includes(other);
  const options: Options = smoke ? { epochs: 1, width: 16, negatives: 64, heldOut: 0 } : { heldOut };
  const rows: BenchRow[] = [];
  if (within('warm', 'cold')) {
    const note = smoke ? ' (500 shoppers)' : '';
    rows.push(
      ...(await contest(
        {
          data: `beauty, leave-one-out, all items${note}`,
          task: {
            train: withEntries(task.train, entries),
            test: smoke ? task.test.slice(0, 500) : task.test,
          },
          k,
          hideHistory: true,
          metrics: [
            ['hitRate', 'HR@10'],
            ['ndcg', 'NDCG@10'],
          ],
        },
        [
          {
            algorithm: item2Vec,
            options: smoke ? { epochs: 1, dimension: 16 } : {},
          },
          ...(smoke ? [] : [{ algorithm: twoTower, options }]),
        ],
        [1],
      )),
    );
  }
  if (!within('cold', 'warm')) return rows;
  if (within('twoTower', 'titleBlend')) rows.push(...(await onCold(cold, options, smoke)));
  if (!smoke && within('titleBlend', 'twoTower')) rows.push(...(await blendOnCold(cold)));
  return rows;
}

/** Scores of all items, those trained on first, then those withheld. */
type Scorer = (query: Query) => Promise<Float32Array>;

async function onCold(task: ColdTask, options: Options, smoke: boolean): Promise<BenchRow[]> {
  const data = `beauty, a tenth of the items withheld${smoke ? ' (2,000 shoppers)' : ''}`;
  const cold = smoke ? task.cold.slice(0, 100) : task.cold;
  const warm = smoke ? task.warm.slice(0, 100) : task.warm.filter((_, at) => at % 5 === 0);
  const all = new Vocabulary([...task.train.items.ids, ...task.withheld.map(({ id }) => id)]);
  const started = performance.now();
  const chosen = { ...twoTower.defaults, ...options, seed: 1 };
  const model = await twoTower.fit(task.train, chosen, report(`${data}: twoTower`));
  const seconds = (performance.now() - started) / 1000;
  const scorer = await byTowers(model, task);
  const category = popularInCategory(task);
  const anyItem = (): boolean => true;
  const among = (row: number): boolean => row >= task.train.items.size;
  const chance = k / all.size;
  const ours = await hitRate(scorer, cold, all, anyItem);
  const theirs = await hitRate(category, cold, all, anyItem);
  const oursWarm = await hitRate(scorer, warm, all, anyItem);
  const theirsAmong = await hitRate(category, cold, all, among);
  const row = (metric: string, value: number, reference?: number, source?: string): BenchRow =>
    summary(data, metric, [value], reference, source);
  return [
    row('twoTower cold HR@10', ours, 3 * Math.max(theirs, chance), 'goal: 3 × the better of the next two'),
    row('popularity in category cold HR@10', theirs),
    row('random cold HR@10', chance),
    row('twoTower warm HR@10, same model', oursWarm, 2 * ours, 'goal: at most twice the cold one'),
    row(
      'twoTower HR@10 among the withheld alone',
      await hitRate(scorer, cold, all, among),
      3 * theirsAmong,
      'goal: 3 × the next',
    ),
    row('popularity in category HR@10 among the withheld alone', theirsAmong),
    row('random HR@10 among the withheld alone', k / task.withheld.length),
    row('twoTower training, s', seconds),
  ];
}

/** Processor time after which the blend is told that it is enough, s. */
const enoughTime = 120;

/**
 * The blend knows at training that the withheld items are in the catalogue, and titles alone beside it. As in a training
 * with a budget it is told when it is enough.
 */
async function blendOnCold(task: ColdTask): Promise<BenchRow[]> {
  const data = 'beauty, a tenth of the items withheld';
  const before = process.cpuUsage();
  const spent = (): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
  const train = { ...task.train, untouched: task.withheld };
  const warm = task.warm.filter((_, at) => at % 5 === 0);
  const progress = Object.assign(report(`${data}: titleBlend`), {
    enough: (share = 1) => spent() > share * enoughTime,
  });
  const model = await titleBlend.fit(train, { ...titleBlend.defaults, seed: 1 }, progress);
  const seconds = spent();
  const alone = await titles.fit(train, { ...titles.defaults, seed: 1 }, silent);
  const rate = (of: Model, cases: readonly NextItem[]): Promise<number> =>
    hitRate(byModel(of), cases, of.items, () => true);
  const [ours, theirs] = [await rate(model, task.cold), await rate(alone, task.cold)];
  return [
    summary(data, 'titleBlend cold HR@10', [ours], 0.08, 'goal'),
    summary(data, 'titles alone cold HR@10', [theirs]),
    summary(data, 'titleBlend warm HR@10, same model', [await rate(model, warm)]),
    summary(data, 'titleBlend training, s of processor time', [seconds]),
  ];
}

/** All scores of a model that knows the withheld items. */
function byModel(model: Model): Scorer {
  const scores = new Float32Array(model.items.size);
  return async (query) => {
    await model.scoreAll([query], scores);
    return scores;
  };
}

async function byTowers({ factors, items }: Model, { withheld }: ColdTask): Promise<Scorer> {
  const { vectors, dimension, shopper, embedNewItems } = factors!;
  const size = items.size + withheld.length;
  const all = new Float32Array(size * dimension);
  all.set(vectors.subarray(0, items.size * dimension));
  const placed = await embedNewItems!(withheld);
  placed.forEach((vector, at) => {
    if (vector) all.set(vector, (items.size + at) * dimension);
  });
  return async (query) => products(await shopper(query), all, new Float32Array(size));
}

/**
 * What the shop without a text model can do: the share of the shopper's events in an item's category, times how often
 * the item was bought; for an item without a past, how often one of its category was.
 */
function popularInCategory({ train, withheld }: ColdTask): Scorer {
  const counts = new Float64Array(train.items.size);
  for (const row of train.item) counts[row]!++;
  const categories = [...train.catalogue!, ...withheld].map((item) => item?.category ?? '');
  const sums = new Map<string, { total: number; items: number }>();
  counts.forEach((count, row) => {
    const sum = sums.get(categories[row]!) ?? { total: 0, items: 0 };
    sums.set(categories[row]!, { total: sum.total + count, items: sum.items + 1 });
  });
  const popularity = categories.map((category, row) => {
    const { total, items } = sums.get(category) ?? { total: 0, items: 1 };
    return counts[row] ?? total / items;
  });
  return async ({ profile }) => {
    const own = new Map<string, number>();
    for (const { item } of profile.events) {
      const category = categories[train.items.row(item)]!;
      own.set(category, (own.get(category) ?? 0) + 1);
    }
    return Float32Array.from(popularity, (value, row) => value * (own.get(categories[row]!) ?? 0));
  };
}

/** Share of cases with the target among the k best of `candidates` not in the history; ties are broken by chance. */
async function hitRate(
  scorer: Scorer,
  cases: readonly NextItem[],
  all: Vocabulary,
  candidates: (row: number) => boolean,
): Promise<number> {
  let hits = 0;
  for (const { query, target } of cases) {
    const scores = await scorer(query);
    const seen = new Set(query.profile.events.map(({ item }) => all.row(item)));
    const own = all.row(target);
    let better = 0;
    let ties = 0;
    scores.forEach((score, row) => {
      if (row === own || !candidates(row) || seen.has(row)) return;
      if (score > scores[own]!) better++;
      else if (score === scores[own]) ties++;
    });
    if (own >= 0) hits += Math.min(1, Math.max(0, (k - better) / (ties + 1)));
  }
  return hits / cases.length;
}
