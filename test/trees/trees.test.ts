import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndcapError, random } from '../../src/core/index.js';
import { packModel, unpackModel } from '../../src/models/index.js';
import {
  calibrate,
  fitIsotonic,
  fitPlatt,
  fitTrees,
  fitTreesInThread,
  type Loss,
  logit,
  sigmoid,
  type TreeContent,
  type TreeData,
  type TreeOptions,
  treeModel,
} from '../../src/trees/index.js';

/** `rows` draws of columns a and b in [0, 1), c without meaning, and a target made from them. */
function drawn(
  rows: number,
  seed: number,
  target: (a: number, b: number, noise: number) => number,
): TreeData {
  const chance = random(seed);
  const column = (): Float64Array => new Float64Array(rows).map(() => chance.float());
  const columns = [column(), column(), column()];
  const made = Float64Array.from({ length: rows }, (_, row) =>
    target(columns[0]![row]!, columns[1]![row]!, chance.normal()),
  );
  return { names: ['a', 'b', 'c'], columns, target: made };
}

const small: Partial<TreeOptions> = { trees: 60, learningRate: 0.1, leaves: 8, minLeafRows: 10 };
const rowOf = (data: TreeData, row: number): number[] => data.columns.map((column) => column[row]!);
const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

test('squared loss follows a step and a slope that it never saw', () => {
  const truth = (a: number, b: number): number => (a > 0.3 ? 2 : 0) + 3 * b;
  const model = fitTrees(
    drawn(3000, 1, (a, b, noise) => truth(a, b) + 0.1 * noise),
    { ...small, loss: { name: 'squared' }, trees: 150 },
  );
  const fresh = drawn(500, 2, truth);
  const predicted = model.predictColumns(fresh.columns);
  const error = mean(predicted.map((value, row) => (value - fresh.target[row]!) ** 2));
  assert.ok(error < 0.02, `mean squared error ${error}`);
  const { a, b, c } = model.importance() as { a: number; b: number; c: number };
  assert.ok(a > 0.2 && b > 0.2 && c < 0.02, JSON.stringify({ a, b, c }));
});

test('the first split is the best one of all, found by trying each', () => {
  const data = drawn(200, 3, (a, b, noise) => a * b + 0.3 * noise);
  const { content } = fitTrees(data, {
    loss: { name: 'squared' },
    trees: 1,
    leaves: 2,
    minLeafRows: 5,
    l2: 0,
    learningRate: 1,
  });
  let best = { error: Infinity, feature: -1, left: 0 };
  data.columns.forEach((column, feature) => {
    for (const border of column) {
      const left = data.target.filter((_, row) => column[row]! <= border);
      const right = data.target.filter((_, row) => column[row]! > border);
      if (left.length < 5 || right.length < 5) continue;
      const spread = (part: ArrayLike<number>): number =>
        Array.from(part).reduce((sum, value) => sum + (value - mean(part)) ** 2, 0);
      const error = spread(left) + spread(right);
      if (error < best.error) best = { error, feature, left: mean(left) };
    }
  });
  assert.equal(content.feature[0], best.feature);
  assert.ok(Math.abs(content.start + content.value[content.left[0]!]! - best.left) < 1e-9);
});

test('each loss aims at its own figure of the same skewed targets', () => {
  const chance = random(4);
  const rows = 4000;
  const group = new Float64Array(rows).map(() => chance.int(2));
  const target = group.map((g) => (chance.float() < 0.5 ? 0 : -Math.log(chance.float()) * (1 + 3 * g)));
  const data: TreeData = { names: ['group'], columns: [group], target };
  const predict = (loss: Loss): number => fitTrees(data, { ...small, trees: 200, loss }).predict([1]);
  const ones = target.filter((_, row) => group[row] === 1).sort();
  const near = (value: number, wanted: number, what: string): void =>
    assert.ok(Math.abs(value - wanted) < 0.05 * wanted + 0.02, `${what}: ${value}, wanted ${wanted}`);
  near(predict({ name: 'squared' }), mean(ones), 'mean');
  near(predict({ name: 'tweedie', power: 1.3 }), mean(ones), 'Tweedie mean');
  near(predict({ name: 'tweedie', power: 1 }), mean(ones), 'Poisson mean');
  near(predict({ name: 'absolute' }), ones[Math.floor(rows / 4)]!, 'median');
  near(predict({ name: 'quantile', level: 0.9 }), ones[Math.floor(0.9 * ones.length)]!, '90 % quantile');
  const bought: TreeData = { ...data, target: target.map((value) => (value > 1 ? 1 : 0)) };
  const share = ones.filter((value) => value > 1).length / ones.length;
  near(fitTrees(bought, { ...small, trees: 200 }).predict([1]), share, 'probability');
});

test('a row of weight 3 is three rows, a row of weight 0 is none', () => {
  const data = drawn(300, 5, (a, b) => (a + b > 1 ? 1 : 0));
  const weight = data.target.map((_, row) => row % 4);
  const repeated: number[] = [...weight].flatMap((times, row) => Array<number>(times).fill(row));
  const options: Partial<TreeOptions> = { ...small, minLeafRows: 1, l2: 1, trees: 10, leaves: 4 };
  const weighted = fitTrees({ ...data, weight }, options);
  const copied = fitTrees(
    {
      names: data.names,
      columns: data.columns.map((column) => Float64Array.from(repeated, (row) => column[row]!)),
      target: Float64Array.from(repeated, (row) => data.target[row]!),
    },
    options,
  );
  for (let row = 0; row < 300; row++) {
    if (weight[row] === 0) continue;
    assert.ok(
      Math.abs(weighted.margin(rowOf(data, row)) - copied.margin(rowOf(data, row))) < 1e-6,
      `row ${row}`,
    );
  }
});

for (const loss of [{ name: 'logistic' }, { name: 'absolute' }] as const) {
  test(`a monotone column never lowers the ${loss.name} prediction, whatever the data say`, () => {
    // The data fall in `a` half of the time: free trees would follow them.
    const wave = drawn(1500, 6, (a, b, noise) => Math.sin(9 * a) + b + 0.5 * noise);
    const target = loss.name === 'logistic' ? wave.target.map((value) => (value > 0.5 ? 1 : 0)) : wave.target;
    const data = { ...wave, target };
    const falls = (options: Partial<TreeOptions>): number => {
      const model = fitTrees(data, { ...small, loss, ...options });
      let count = 0;
      for (let b = 0; b < 1; b += 0.1) {
        for (let a = 0; a < 1; a += 0.01) {
          if (model.margin([a + 0.01, b, 0.5]) < model.margin([a, b, 0.5]) - 1e-12) count++;
        }
      }
      return count;
    };
    assert.ok(falls({}) > 10, 'the free model must fall somewhere, or this shows nothing');
    assert.equal(falls({ monotone: { a: 1 } }), 0);
  });
}

test('what is missing is learned as such, and goes with most rows where it never was', () => {
  const data = drawn(1000, 7, (a) => (a > 0.5 ? 1 : 0));
  const gaps = data.columns[0]!.map((value, row) => (row % 5 === 0 ? Number.NaN : value));
  const target = data.target.map((value, row) => (row % 5 === 0 ? 1 : value));
  const model = fitTrees({ ...data, columns: [gaps, ...data.columns.slice(1)], target }, small);
  assert.ok(model.predict([Number.NaN, 0.5, 0.5]) > 0.95);
  assert.ok(model.predict([0.1, 0.5, 0.5]) < 0.05);
  // One border only: what is missing must find its place on either side of it.
  const low = data.target.map((value, row) => (row % 5 === 0 ? 0 : value));
  const stump = fitTrees(
    { ...data, columns: [gaps, ...data.columns.slice(1)], target: low },
    { ...small, leaves: 2 },
  );
  assert.ok(stump.predict([Number.NaN, 0.5, 0.5]) < 0.1 && stump.predict([0.9, 0.5, 0.5]) > 0.9);
  for (const [border, likely] of [
    [0.2, 1],
    [0.8, 0],
  ] as const) {
    const skewed = drawn(1000, 7, (a) => (a > border ? 1 : 0));
    const there = fitTrees(skewed, { ...small, leaves: 2 }).predict([Number.NaN, 0.5, 0.5]);
    assert.ok(Math.abs(there - likely) < 0.1, `${there} with most rows at ${likely}`);
  }
});

test('a category serves by its mean target, an unknown one by the mean of all', () => {
  const chance = random(8);
  const code = new Float64Array(4000).map(() => 7 * chance.int(40));
  const target = code.map((value) => (chance.float() < (value % 2 ? 0.8 : 0.2) ? 1 : 0));
  const model = fitTrees({ names: ['code'], columns: [code], target, categories: ['code'] }, small);
  assert.ok(model.predict([7]) > 0.65, `${model.predict([7])}`);
  assert.ok(model.predict([14]) < 0.35);
  const unknown = model.predict([99_999]);
  assert.ok(unknown > 0.25 && unknown < 0.75, `${unknown}`);
  assert.equal(model.predict([Number.NaN]), unknown);
});

test('a category without meaning teaches nothing: no row sees its own target', () => {
  const chance = random(9);
  const code = new Float64Array(2000).map((_, row) => row % 700);
  const target = code.map(() => chance.int(2));
  const model = fitTrees({ names: ['code'], columns: [code], target, categories: ['code'] }, small);
  // With plain means of three rows each the fit would be near perfect on what it learned from.
  const learned = model.predictColumns([code]).map((p, row) => Math.abs(p - target[row]!));
  assert.ok(mean(learned) > 0.4, `mean error on its own rows ${mean(learned)}`);
});

test('contributions are the Shapley values, by brute force over all subsets', () => {
  const data = drawn(400, 10, (a, b, noise) => (a * b + 0.2 * noise > 0.25 ? 1 : 0));
  const model = fitTrees(data, { ...small, trees: 5, leaves: 10 });
  const row = [0.7, 0.4, 0.2];
  const { content } = model;
  /** Mean margin when only the columns in `known` are known: the others follow the training rows. */
  const expected = (known: ReadonlySet<number>): number => {
    const at = (node: number): number => {
      const [left, right] = [content.left[node]!, content.right[node]!];
      if (left === 0) return content.value[node]!;
      const feature = content.feature[node]!;
      if (known.has(feature)) return at(row[feature]! <= content.threshold[node]! ? left : right);
      return (content.cover[left]! * at(left) + content.cover[right]! * at(right)) / content.cover[node]!;
    };
    return content.start + [...content.root].reduce((sum, root) => sum + at(root), 0);
  };
  const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]; // biome-ignore format: as one line
  const shapley = [0, 0, 0];
  for (const order of orders) {
    const known = new Set<number>();
    for (const feature of order) {
      const before = expected(known);
      known.add(feature);
      shapley[feature]! += (expected(known) - before) / orders.length;
    }
  }
  const found = model.contributions(row);
  [...shapley, expected(new Set())].forEach((value, at) => {
    assert.ok(Math.abs(found[at]! - value) < 1e-9, `column ${at}: ${found[at]}, by force ${value}`);
  });
  assert.ok(Math.abs(found.reduce((sum, value) => sum + value, 0) - model.margin(row)) < 1e-9);
});

test('the same seed gives the same trees, another seed others', () => {
  const data = drawn(500, 11, (a, b) => (a > b ? 1 : 0));
  const fit = (seed: number): Float64Array =>
    fitTrees(data, { ...small, trees: 10, rowShare: 0.5, columnShare: 0.7, seed }).content.value;
  assert.deepEqual(fit(1), fit(1));
  assert.notDeepEqual(fit(1), fit(2));
});

test('early stopping keeps the trees up to the lowest loss on the validation part', () => {
  const noisy = (a: number, _b: number, noise: number): number => (a + noise > 0.5 ? 1 : 0);
  const validation = drawn(500, 13, noisy);
  const fit = (trees: number, watched: Partial<TreeOptions> = {}) =>
    fitTrees(drawn(400, 12, noisy), { ...small, learningRate: 0.3, minLeafRows: 1, trees, ...watched });
  const loss = (trees: number): number => {
    const p = fit(trees).predictColumns(validation.columns);
    return -mean(p.map((one, row) => Math.log(validation.target[row] === 1 ? one : 1 - one)));
  };
  const stopped = fit(100, { validation, patience: 15 });
  assert.ok(stopped.trees >= 1 && stopped.trees < 40, `${stopped.trees} trees`);
  const kept = loss(stopped.trees);
  for (const other of [1, stopped.trees + 1, stopped.trees + 10]) {
    if (other !== stopped.trees) assert.ok(kept <= loss(other), `${stopped.trees} trees against ${other}`);
  }
});

test('saved and loaded trees are the same, damaged ones are refused', () => {
  const data = drawn(300, 14, (a, b) => (a > b ? 1 : 0));
  const model = fitTrees({ ...data, categories: ['c'] }, { ...small, trees: 5 });
  const files = packModel(model.content);
  const loaded = treeModel(unpackModel<TreeContent>(files));
  for (let row = 0; row < 300; row++)
    assert.equal(loaded.predict(rowOf(data, row)), model.predict(rowOf(data, row)));
  const circle = structuredClone(model.content);
  circle.left[circle.left.findIndex((left) => left > 0)] = 2 ** 31;
  assert.throws(
    () => treeModel(circle),
    (error) => error instanceof EndcapError && error.code === 'model_corrupt',
  );
});

test('a thread fits the same trees, tells its progress and refuses the same input', async () => {
  const data = drawn(300, 15, (a, b) => (a > b ? 1 : 0));
  let told = 0;
  const there = await fitTreesInThread(data, { ...small, trees: 7 }, (trees) => {
    told = trees;
  });
  assert.deepEqual(there.content.value, fitTrees(data, { ...small, trees: 7 }).content.value);
  assert.equal(told, 7);
  await assert.rejects(fitTreesInThread({ ...data, target: data.target.map(() => 2) }), {
    code: 'invalid_training_data',
  });
});

test('bad input is refused by name and row', () => {
  const data = drawn(20, 16, (a) => (a > 0.5 ? 1 : 0));
  const one = (target: Float64Array): TreeData => ({ ...data, target });
  const wrong: [TreeData, Partial<TreeOptions>, RegExp][] = [
    [{ ...data, columns: [], target: new Float64Array(0), names: [] }, {}, /no row/],
    [
      one(new Float64Array(20).fill(0.5).with(7, Number.NaN) as Float64Array<ArrayBuffer>),
      {},
      /target, row 7/,
    ],
    [one(new Float64Array(20).fill(-1)), { loss: { name: 'tweedie', power: 1.5 } }, /negative/],
    [one(new Float64Array(19)), {}, /has 20 rows/],
    [{ ...data, weight: new Float64Array(20) }, {}, /weighs 0/],
    [{ ...data, names: ['a', 'a', 'c'] }, {}, /same name/],
    [{ ...data, categories: ['shoe'] }, {}, /'shoe'/],
    [data, { monotone: { shoe: 1 } }, /'shoe'/],
    [data, { leaves: 1 }, /leaves/],
    [data, { bins: 256 }, /bins/],
    [data, { loss: { name: 'quantile', level: 1 } }, /loss.level/],
    [data, { loss: { name: 'tweedie', power: 2 } }, /loss.power/],
  ];
  for (const [input, options, message] of wrong) {
    assert.throws(
      () => fitTrees(input, options),
      (error) => error instanceof EndcapError && message.test(error.message) && error.errors.length === 1,
      String(message),
    );
  }
});

test('one value only, one class only and more columns than rows still give finite predictions', () => {
  const constant = fitTrees(
    { names: ['x'], columns: [new Float64Array(30)], target: new Float64Array(30) },
    small,
  );
  assert.ok(constant.predict([0]) < 1e-4 && constant.predict([5]) >= 0);
  const wide: TreeData = {
    names: Array.from({ length: 50 }, (_, f) => `f${f}`),
    columns: Array.from({ length: 50 }, (_, f) => Float64Array.of(f, 1, Infinity)),
    target: Float64Array.of(0, 1, 1),
  };
  assert.ok(Number.isFinite(fitTrees(wide, { ...small, minLeafRows: 1 }).predict(new Float64Array(50))));
});

test('calibration mends a distorted probability and keeps its order', () => {
  const chance = random(17);
  const truth = new Float64Array(6000).map(() => sigmoid(2 * chance.normal()));
  const outcome = truth.map((p) => (chance.float() < p ? 1 : 0));
  const distorted = truth.map((p) => sigmoid(3 * logit(p) + 1.5));
  for (const fit of [fitIsotonic, fitPlatt]) {
    const calibration = fit(distorted, outcome);
    const mended = distorted.map((p) => calibrate(calibration, p));
    const error = mean(mended.map((p, at) => Math.abs(p - truth[at]!)));
    assert.ok(
      error < 0.04,
      `${fit.name}: off by ${error}, before ${mean(distorted.map((p, at) => Math.abs(p - truth[at]!)))}`,
    );
    const order = [...distorted.keys()].sort((a, b) => distorted[a]! - distorted[b]!);
    order.forEach((at, place) => {
      if (place > 0) assert.ok(mended[at]! >= mended[order[place - 1]!]!);
    });
  }
});

test('isotonic pools violators: the worked example', () => {
  const calibration = fitIsotonic([0.1, 0.2, 0.3, 0.4, 0.5], [0, 1, 0, 0, 1]);
  assert.deepEqual(calibration, {
    name: 'isotonic',
    from: Float64Array.of(0.1, (0.2 + 0.3 + 0.4) / 3, 0.5),
    to: Float64Array.of(0, 1 / 3, 1),
  });
  assert.equal(calibrate(calibration, 0), 0);
  assert.equal(calibrate(calibration, 1), 1);
});
