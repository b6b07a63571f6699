import { multVae, sasrec, twoTower } from '../deep/index.js';
import { ease } from '../ease.js';
import { itemKnn } from '../itemKnn.js';
import { popularity } from '../popularity.js';
import type { Dataset, Recommender } from '../recommender.js';
import { sessionKnn } from '../sessionKnn.js';
import { blendAlgorithm, type Member } from './algorithm.js';
import { holdOutLast, holdOutNew, holdOutShare, holdOutTime } from './holdOut.js';

const day = 86_400_000;

function member<Options>(
  name: string,
  recommender: Recommender<Options>,
  options: Member['options'] = {},
  when?: Member['when'],
): Member {
  return { name, recommender: recommender as unknown as Recommender, options, ...(when ? { when } : {}) };
}

/** Whether most items have a title to be read. */
function titled({ items, catalogue }: Dataset): boolean {
  return 2 * (catalogue ?? []).filter((item) => item?.title).length > items.size;
}

/** For shops whose shoppers return: its weights are learned on the last `days`, a quarter of the data at most. */
export const blend = blendAlgorithm({
  name: 'blend',
  source: 'linear fusion of standardised scores, learned on held-out time',
  defaults: { days: 28 },
  members: [
    member('ease', ease, { halfLifeDays: 30 }),
    member('sasrec', sasrec, { epochs: 25, patience: 4, heldOut: 1000 }),
    member('itemKnn', itemKnn),
    member('recent', popularity, { halfLifeDays: 7 }),
  ],
  holdOut(data, { days }) {
    const first = data.time.reduce((least, time) => Math.min(least, time), data.until);
    return holdOutTime(data, data.until - Math.min(days * day, (data.until - first) / 4));
  },
  refit: true,
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
  ],
  holdOut: (data, { seed }) => holdOutLast(data, seed),
  refit: false,
});

/** The same from other random numbers: what two agree on is less often chance. */
const again: typeof sasrec = {
  ...sasrec,
  fit: (data, options, progress) =>
    sasrec.fit(data, { ...options, seed: options.seed + 1_000_003 }, progress),
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
    member('twoTower', twoTower, { heldOut: 2000 }, titled),
    member('again', again, { heldOut: 2000 }, (data) => !titled(data)),
    member('sessionKnn', sessionKnn, { gap: 1e9 }),
  ],
  holdOut: (data, { heldOut, seed }) => holdOutNew(data, heldOut, seed),
  refit: false,
});

/** For lasting taste, as in films: its weights are learned on a random part of each shopper's items. */
export const tasteBlend = blendAlgorithm({
  name: 'tasteBlend',
  source: 'linear fusion of EASE with dropout and Mult-VAE, learned on held-out items',
  defaults: {},
  members: [
    member('ease', ease, { lambda: 400, dropout: 0.5, rated: true, signed: true }),
    member('multVae', multVae, { beta: 2, dropout: 0.6, epochs: 80 }),
  ],
  holdOut: (data, { seed }) => holdOutShare(data, seed),
  refit: true,
});
