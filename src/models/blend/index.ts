import { multVae, sasrec, spellingTower, twoTower } from '../deep/index.js';
import { ease } from '../ease.js';
import { itemKnn } from '../itemKnn.js';
import { popularity } from '../popularity.js';
import type { Dataset, Recommender } from '../recommender.js';
import { sessionKnn } from '../sessionKnn.js';
import { titles } from '../titles.js';
import { blendAlgorithm, type Member } from './algorithm.js';
import { holdOutLast, holdOutNew, holdOutShare, holdOutTime, holdOutVisits, type Lesson } from './holdOut.js';

const day = 86_400_000;
/** Fewer cases of held-out time say too little to learn weights on, unless half of the shoppers are among them. */
const enoughCases = 200;
/** Shoppers whose last visit is held out where time says too little, and at least this share of them. */
const visits = { least: 500, share: 0.05 };

function member(
  name: string,
  recommender: Recommender,
  options: Member['options'] = {},
  more: Pick<Member, 'when' | 'reads'> = {},
): Member {
  return { name, recommender, options, ...more };
}

/** In every blend: what it counts depends on how much the log says of an item. */
const byTitle = member('titles', titles, {}, { when: titled, reads: true });

/** Whether most items have a title to be read. */
function titled({ items, catalogue }: Dataset): boolean {
  return 2 * (catalogue ?? []).filter((item) => item?.title).length > items.size;
}

/** The last `days`, a quarter of the data at most; all of that quarter where few came back in the days. */
export function lastDays(data: Dataset, { days, seed }: { days: number; seed: number }): Lesson {
  const first = data.time.reduce((least, time) => Math.min(least, time), data.until);
  const quarter = (data.until - first) / 4;
  const enough = Math.min(enoughCases, data.users.size / 2);
  for (const span of [Math.min(days * day, quarter), quarter]) {
    const lesson = holdOutTime(data, data.until - span);
    if (lesson.cases.length >= enough) return lesson;
  }
  // Where hardly anybody comes back, what came last is what came next.
  return holdOutVisits(data, Math.max(visits.least, visits.share * data.users.size), seed);
}

/** Items up to which EASE is fitted in seconds: the work of its inversion grows with their cube. */
const easeItems = 6_000;
/** Events an item below which little is known of it by itself. */
const fewEvents = 30;

/** Whether a shop is one for `titleBlend`: a large catalogue that can be read, and little known of each item. */
export function readable(data: Dataset): boolean {
  const { size } = data.items;
  return size > easeItems && data.item.length < fewEvents * size && titled(data);
}

const cheap = [
  member('ease', ease, { halfLifeDays: 15 }, { when: ({ items }) => items.size <= easeItems }),
  member('recent', popularity, { halfLifeDays: 7 }),
  member('newest', popularity, { halfLifeDays: 3 }),
  // Weighs negatively where tastes move: what always sold, less what sells now, says what is over.
  member('always', popularity, { halfLifeDays: 3650 }),
  member('itemKnn', itemKnn),
  member('sessionKnn', sessionKnn),
  byTitle,
];

/** For shops whose shoppers return, of members that are fitted in seconds and served in a fraction of a millisecond. */
export const blend = blendAlgorithm({
  name: 'blend',
  source: 'linear fusion of standardised scores, learned on held-out time',
  defaults: { days: 28 },
  members: cheap,
  holdOut: lastDays,
  refit: 'anew',
});

/** The same with a network that reads the order of the events. */
export const deepBlend = blendAlgorithm({
  name: 'deepBlend',
  source: 'linear fusion of standardised scores, SASRec among them, learned on held-out time',
  defaults: { days: 28 },
  members: [...cheap, member('sasrec', sasrec, { epochs: 25, patience: 4, heldOut: 1000 })],
  holdOut: lastDays,
  refit: 'anew',
});

/** For sessions of strangers: what to expect next, learned on the last events of some of them. */
export const sessionBlend = blendAlgorithm({
  name: 'sessionBlend',
  source: 'linear fusion of SASRec on cosines and V-SkNN, learned on held-out last events',
  defaults: {},
  members: [
    member('sasrec', sasrec, {
      width: 96,
      negatives: 2048,
      temperature: 0.07,
      length: 20,
      dropout: 0.2,
      learningRate: 0.002,
      average: 0.995,
      batch: 2048,
      epochs: 10,
      patience: 2,
      heldOut: 4000,
    }),
    member('sessionKnn', sessionKnn),
    byTitle,
  ],
  holdOut: (data, { seed }) => holdOutLast(data, seed),
  refit: 'never',
});

/** The same from other random numbers: what two agree on is less often chance. */
const again: typeof sasrec = {
  ...sasrec,
  fit: (data, { seed, ...options }, progress, former) =>
    sasrec.fit(data, { ...options, seed: seed + 1_000_003 }, progress, former),
};

/**
 * For shoppers who come now and then and want what is new to them: long histories, a sparse catalogue. Beside the
 * sequence it reads titles where there are any.
 */
export const nextBlend = blendAlgorithm({
  name: 'nextBlend',
  source: 'linear fusion of SASRec, two towers (or SASRec again) and V-SkNN, learned on held-out last events',
  defaults: { heldOut: 5000 },
  members: [
    member('sasrec', sasrec, { heldOut: 2000 }),
    member('twoTower', twoTower, { heldOut: 2000 }, { when: titled }),
    member('again', again, { heldOut: 2000 }, { when: (data) => !titled(data) }),
    member('sessionKnn', sessionKnn, { gap: 1e9 }),
    byTitle,
  ],
  holdOut: (data, { heldOut, seed }) => holdOutNew(data, heldOut, seed),
  refit: 'onwards',
});

/** Small batches with few other items: on Beauty half the time an epoch, and more learned in the first two. */
const quick = { batch: 512, negatives: 256, learningRate: 0.006, heldOut: 1000 };

/**
 * The same with one network that reads entries, and what is counted in seconds. It costs a quarter of the time and is
 * better: on few events an item, what a title says of it weighs more than a second opinion of the order.
 */
export const titleBlend = blendAlgorithm({
  name: 'titleBlend',
  source:
    'linear fusion of two towers and titles, by how often an item was seen, learned on held-out last events',
  defaults: { heldOut: 2000 },
  members: [
    member('twoTower', spellingTower, quick),
    member('itemKnn', itemKnn),
    member('sessionKnn', sessionKnn, { gap: 1e9 }),
    byTitle,
  ],
  holdOut: (data, { heldOut, seed }) => holdOutNew(data, heldOut, seed, heldOut),
  refit: 'onwards',
  untouched: true,
});

/** For lasting taste, as in films: its weights are learned on a random part of each shopper's items. */
export const tasteBlend = blendAlgorithm({
  name: 'tasteBlend',
  source: 'linear fusion of EASE with dropout and Mult-VAE, learned on held-out items',
  defaults: {},
  members: [
    member('ease', ease, { lambda: 400, dropout: 0.5, rated: true, signed: true }),
    member('multVae', multVae, { beta: 2, dropout: 0.6, epochs: 80 }),
    byTitle,
  ],
  holdOut: (data, { seed }) => holdOutShare(data, seed),
  refit: 'anew',
});
