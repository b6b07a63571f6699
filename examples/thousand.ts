import { random, silent, Vocabulary } from '../src/core/index.js';
import { mae, rmse } from '../src/math/index.js';
import { biasedMf, type Dataset, type Query } from '../src/models/index.js';

/**
 * 1,000 shoppers × 1,000 items, 40 ratings each from a planted taste in four dimensions. A fifth is kept back; biased
 * matrix factorisation learns the rest and is measured on what it has not seen, beside the plain mean.
 */
const [users, itemCount, each, dimensions] = [1000, 1000, 40, 4];
const next = random(7);
const vectors = (count: number): Float64Array[] =>
  Array.from({ length: count }, () => Float64Array.from({ length: dimensions }, () => next.normal() / 2));
const [shoppers, things] = [vectors(users), vectors(itemCount)];
const quality = Float64Array.from({ length: itemCount }, () => 0.4 * next.normal());
const strictness = Float64Array.from({ length: users }, () => 0.4 * next.normal());

interface Rating {
  user: number;
  item: number;
  value: number;
}

function truth(user: number, item: number): number {
  const taste = shoppers[user]!.reduce((sum, value, k) => sum + 2 * value * things[item]![k]!, 0);
  return Math.min(5, Math.max(1, 3.5 + taste + quality[item]! + strictness[user]!));
}

const ratings: Rating[] = [];
for (let user = 0; user < users; user++) {
  const chosen = new Set<number>();
  while (chosen.size < each) chosen.add(next.int(itemCount));
  for (const item of chosen) ratings.push({ user, item, value: truth(user, item) + 0.2 * next.normal() });
}
const test = ratings.filter((_, at) => at % 5 === 0);
const train = ratings.filter((_, at) => at % 5 !== 0);

const ids = Array.from({ length: itemCount }, (_, item) => `i${item}`);
const start = new Uint32Array(users + 1);
for (const { user } of train) start[user + 1]!++;
for (let user = 0; user < users; user++) start[user + 1]! += start[user]!;
const data: Dataset = {
  users: new Vocabulary(Array.from({ length: users }, (_, user) => `u${user}`)),
  items: new Vocabulary(ids),
  start,
  item: Uint32Array.from(train, ({ item }) => item),
  time: Float64Array.from(train, (_, at) => at),
  weight: new Float32Array(train.length).fill(1),
  rating: Float32Array.from(train, ({ value }) => value),
  until: train.length,
};

const options = {
  ...biasedMf.defaults,
  loss: 'mse',
  factors: 4,
  epochs: 60,
  learningRate: 0.05,
  decay: 0.05,
  implicit: false,
};
const model = await biasedMf.fit(data, { ...options, seed: 1 }, silent);

/** A shopper is what they rated: the model holds none. */
function queryOf(rated: readonly Rating[]): Query {
  const events = rated.map(({ item, value }, time) => ({
    item: ids[item]!,
    type: 'rate',
    time,
    weight: 3,
    value,
  }));
  return { profile: { user: 'any', events, total: events.length, counters: {} }, now: data.until };
}

const queries = Array.from({ length: users }, (_, user) =>
  queryOf(train.slice(start[user], start[user + 1])),
);
const mean = train.reduce((sum, { value }) => sum + value, 0) / train.length;
const actual = test.map(({ value }) => value);
const predicted = test.map(({ user, item }) => model.predictRating!(queries[user]!, item));
const plain = actual.map(() => mean);
console.log(`${train.length} ratings to learn from, ${test.length} kept back`);
console.log(`Always the mean: RMSE ${rmse(plain, actual).toFixed(3)}, MAE ${mae(plain, actual).toFixed(3)}`);
console.log(
  `Biased MF:       RMSE ${rmse(predicted, actual).toFixed(3)}, MAE ${mae(predicted, actual).toFixed(3)}`,
);

const known = await model.retrieve(queries[0]!, 5, () => true);
console.log(`For shopper u0: ${Array.from(known.rows, (row) => ids[row]).join(', ')}`);

// A shopper from after training, who has u0's taste and has rated ten items so far.
const newcomer = queryOf(train.slice(0, 10));
const found = await model.retrieve(newcomer, 5, () => true);
const liked = Array.from(found.rows, (row) => truth(0, row));
console.log(`For a new shopper with ten ratings: ${Array.from(found.rows, (row) => ids[row]).join(', ')}`);
console.log(
  `They would rate these ${(liked.reduce((a, b) => a + b, 0) / liked.length).toFixed(2)} on average, all items ${mean.toFixed(2)}`,
);
