import {
  add,
  attention,
  delay,
  distanceBias,
  type Graph,
  layerNorm,
  linear,
  mul,
  reshape,
  sigmoid,
  slice,
  sub,
  swiglu,
  type Tensor,
} from '../../nn/index.js';
import type { SequenceOptions } from './network.js';
import { sequenceAlgorithm } from './sequenceModel.js';

/** How far back the smoothing filter looks. */
const taps = 8;

/**
 * Self-attention over the events (Kang & McAuley 2018, SASRec) with full or sampled softmax, and beside each attention
 * a branch that splits the signal into its slow part and the rest and weighs the rest by β² per channel (Shin et al.
 * 2024, BSARec). Their Fourier filter sees the future when all positions are trained at once; a causal moving average
 * with learned taps takes its place. Order is known by distance only, so a habit learned at one place of the history
 * holds at every other. Blocks are gated as in LiGR (Borisyuk et al. 2025, as used by eSASRec).
 */
export const sasrec = sequenceAlgorithm({
  name: 'sasrec',
  source: 'Kang & McAuley 2018 (SASRec), Shin et al. 2024 (BSARec), Klenitskiy & Vasilev 2023 (softmax)',
  defaults: {
    width: 64,
    blocks: 2,
    heads: 1,
    length: 50,
    dropout: 0.5,
    /** Share of the filter branch; 0 is plain SASRec. */
    filter: 0.7,
    negatives: 0,
    temperature: 0,
    epochs: 100,
    batch: 1024,
    learningRate: 0.003,
    weightDecay: 0.0001,
    average: 0.998,
    patience: 6,
    heldOut: 5000,
  },
  grid: { dropout: [0.2, 0.5], filter: [0, 0.7] },
  encoder: selfAttention,
});

/** What an ablation leaves out (`bench/ablation`); the filter and the weight average are options. */
export interface Parts {
  gates: boolean;
  distance: boolean;
}
const all: Parts = { gates: true, distance: true };

/** Blocks of attention over the events so far, [batch, length, width] → the same. */
export function selfAttention(g: Graph, x: Tensor, options: SequenceOptions, parts = all): Tensor {
  let h = g.dropout(layerNorm(g, 'norm', x), options.dropout);
  for (let block = 0; block < options.blocks; block++) h = layer(g.scope(`block${block}`), h, options, parts);
  return layerNorm(g, 'last', h);
}

/** Mixing and feed-forward, each let in by a gate: x + σ(x W) ⊙ f(norm x). */
function layer(g: Graph, x: Tensor, options: SequenceOptions, parts: Parts): Tensor {
  const { dropout, width } = options;
  const admit = (name: string, from: Tensor, change: Tensor): Tensor => {
    const kept = g.dropout(change, dropout);
    return add(from, parts.gates ? mul(sigmoid(linear(g, name, from, width)), kept) : kept);
  };
  const h = admit('mixGate', x, mix(g, layerNorm(g, 'mixNorm', x), options, parts));
  return admit('forwardGate', h, swiglu(g, 'forward', layerNorm(g, 'forwardNorm', h), 4 * width));
}

/** Attention over the past, and the filter in a share of `filter`. */
function mix(g: Graph, x: Tensor, options: SequenceOptions, { distance }: Parts): Tensor {
  const { width, length, filter } = options;
  const heads = Number(options.heads);
  const share = Number(filter);
  const past = g.causalMask('length');
  const mask = distance ? add(distanceBias(g, 'distance', 'length', { heads, count: length }), past) : past;
  const attended = attention(g, 'attention', x, { heads, mask });
  return share > 0 ? add(mul(smooth(g, x, width), share), mul(attended, 1 - share)) : attended;
}

/** low + β² ⊙ (x − low), low = Σ wᵢ ⊙ x(t − i). */
function smooth(g: Graph, x: Tensor, width: number): Tensor {
  const weights = g.parameter('taps', [taps, width], (values) => void values.fill(1 / taps));
  const beta = g.parameter('beta', [width], (values, _shape, rng) => {
    for (let i = 0; i < values.length; i++) values[i] = rng.normal();
  });
  const parts = Array.from({ length: taps }, (_, i) =>
    mul(delay(x, i), reshape(slice(weights, 0, i, i + 1), [width])),
  );
  const low = parts.reduce((sum, part) => add(sum, part));
  return add(low, mul(mul(beta, beta), sub(x, low)));
}
