import { EndcapError, Vocabulary } from '../../core/index.js';
import {
  add,
  categoricalCrossEntropy,
  compileInference,
  exp,
  type Graph,
  l2Normalize,
  linear,
  log,
  mean,
  mul,
  reshape,
  sub,
  sum,
  type Tensor,
  tanh,
  Weights,
} from '../../nn/index.js';
import { defineRecommender, type Model, type Query } from '../recommender.js';
import { historyOf, packModel, retrieveByScore, scoreByAll, transpose, unpackModel } from '../support.js';
import { threads } from '../threads.js';
import { fitWeights, shuffledBatches } from './fitting.js';

interface VaeOptions {
  hidden: number;
  latent: number;
  dropout: number;
  /** Weight of the Kullback–Leibler term: how closely the latent follows a standard normal. */
  beta: number;
  epochs: number;
  batch: number;
  learningRate: number;
}

interface Content {
  options: VaeOptions;
  ids: string[];
  weights: Record<string, Float32Array>;
}

/**
 * Variational autoencoder with multinomial likelihood (Liang et al. 2018, Mult-VAE): the items of a shopper in, a
 * latent of a few numbers, a distribution over all items out.
 */
export const multVae = defineRecommender<VaeOptions>({
  name: 'multVae',
  source: 'Liang et al. 2018, Variational Autoencoders for Collaborative Filtering (arXiv 1802.05814)',
  defaults: { hidden: 256, latent: 64, dropout: 0.5, beta: 0.2, epochs: 60, batch: 128, learningRate: 0.001 },
  grid: { beta: [0.2, 2], epochs: [30, 60] },
  async fit(data, { seed, ...options }, progress) {
    const size = data.items.size;
    const { itemsOf } = transpose(data);
    const shoppers = itemsOf.filter((rows) => rows.length > 0);
    if (size < 2 || shoppers.length === 0)
      throw new EndcapError('too_little_data', `multVae needs two items or more, not ${size}`);
    const weights = new Weights(seed);
    await fitWeights({
      name: 'multVae',
      weights,
      loss: (g) => loss(g, size, options),
      options,
      stepsPerEpoch: Math.ceil(shoppers.length / options.batch),
      *batches(rng) {
        for (const members of shuffledBatches(shoppers.length, options.batch, rng)) {
          const x = sets(
            Array.from(members, (member) => shoppers[member]!),
            size,
          );
          const noise = Float32Array.from({ length: members.length * options.latent }, () => rng.normal());
          yield { feeds: { x, noise }, sizes: { n: members.length } };
        }
      },
      progress,
    });
    return modelOf(weights, options, data.items);
  },
  async load(files) {
    const { options, ids, weights: values } = unpackModel<Content>(files);
    const weights = new Weights(0);
    await (await compile(weights, ids.length, options)).release();
    weights.load(values);
    return modelOf(weights, options, new Vocabulary(ids));
  },
});

/** Mean and logarithm of the variance of the latent, [n, latent] each. */
function encode(
  g: Graph,
  x: Tensor,
  { hidden, latent, dropout }: VaeOptions,
): { mu: Tensor; logVariance: Tensor } {
  const h = tanh(linear(g, 'encoder', g.dropout(l2Normalize(x), dropout), hidden));
  return { mu: linear(g, 'mu', h, latent), logVariance: linear(g, 'logVariance', h, latent) };
}

function decode(g: Graph, z: Tensor, size: number, { hidden }: VaeOptions): Tensor {
  return linear(g, 'logits', tanh(linear(g, 'decoder', z, hidden)), size);
}

/** −E log p(x | z) + β KL(q(z | x) ‖ N(0, 1)), with z = μ + ε σ; per item of the shopper. */
function loss(g: Graph, size: number, options: VaeOptions): Tensor {
  const x = g.input('x', ['n', size]);
  const { mu, logVariance } = encode(g, x, options);
  const z = add(mu, mul(g.input('noise', ['n', options.latent]), exp(mul(logVariance, 0.5))));
  const counts = sum(x, [1]);
  const share = mul(x, exp(mul(log(counts), -1)));
  const fit = categoricalCrossEntropy(decode(g, z, size, options), share);
  const divergence = mul(sum(sub(sub(add(mul(mu, mu), exp(logVariance)), logVariance), 1), [1]), 0.5);
  return add(fit, mul(reshape(mean(divergence), []), options.beta / options.latent));
}

function compile(weights: Weights, size: number, options: VaeOptions): ReturnType<typeof compileInference> {
  return compileInference(
    weights,
    (g) => ({ scores: decode(g, encode(g, g.input('x', ['n', size]), options).mu, size, options) }),
    { threads },
  );
}

/** Rows of ones where the items are, [lists, size]. */
function sets(lists: readonly ArrayLike<number>[], size: number): Float32Array {
  const x = new Float32Array(lists.length * size);
  lists.forEach((rows, at) => {
    for (let i = 0; i < rows.length; i++) x[at * size + rows[i]!] = 1;
  });
  return x;
}

async function modelOf(weights: Weights, options: VaeOptions, items: Vocabulary): Promise<Model> {
  const session = await compile(weights, items.size, options);
  const model: Model = {
    name: 'multVae',
    kind: 'scorer',
    items,
    async scoreAll(queries: readonly Query[], out) {
      const x = sets(
        queries.map(({ profile }) => historyOf(profile, items).rows),
        items.size,
      );
      out.set((await session.run({ x }, { n: queries.length })).scores!);
    },
    score: (query, rows) => scoreByAll(model, query, rows),
    retrieve: (query, k, allowed) => retrieveByScore(model, query, k, allowed),
    save: () => packModel({ options, ids: [...items.ids], weights: weights.copy() } satisfies Content),
  };
  return model;
}
