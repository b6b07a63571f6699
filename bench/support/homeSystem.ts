import { topK } from '../../src/math/index.js';
import { Fusion, fusionDefaults, type Opinion } from '../../src/models/online/index.js';
import type { System } from './prequential.js';

/** How many a source names. */
const named = 100;

/** A source of `home`: scores, and whether they are logarithms of chances or amounts. */
export interface Source extends System {
  score(rows: readonly number[], now: number, out: Float32Array): void;
  logarithmic: boolean;
}

/**
 * Several sources as one list. `weighing`: `learned` fits the weights to the stream, `ranks` adds up 1 / (20 + rank) with
 * equal weights, as `home` did. The sources learn by themselves: they are systems of the same run, placed after this one.
 */
export function home(
  name: string,
  sources: readonly Source[],
  weighing: 'learned' | 'ranks',
  over: Partial<typeof fusionDefaults> & { situationOf?: (rows: readonly number[]) => number } = {},
): System & { fusion: Fusion } {
  const { situationOf = () => 0, ...options } = over;
  const fusion = new Fusion({ ...fusionDefaults, ...options, sources: sources.length });
  let buffer = new Float32Array(0);
  let known = 0;
  let skip = 0;
  const opinions = (rows: readonly number[], now: number, size: number): Opinion[] => {
    if (buffer.length < size) buffer = new Float32Array(size);
    return sources.map((source) => {
      const scores = buffer.subarray(0, size);
      source.score(rows, now, scores);
      const top = topK(scores, Math.min(named, size));
      return { rows: top.rows.slice(), chances: chancesOf(top.scores, source.logarithmic, weighing) };
    });
  };
  return {
    name,
    fusion,
    score(rows, now, out) {
      known = Math.max(known, out.length);
      const said = opinions(rows, now, out.length);
      out.fill(0);
      if (weighing === 'ranks')
        for (const { rows: some, chances } of said)
          for (let at = 0; at < some.length; at++) out[some[at]!]! += chances[at]!;
      else
        fusion.mix(said, situationOf(rows), (row, chance) => {
          out[row]! += chance;
        });
      for (let at = 0; at < out.length; at++) if (out[at] === 0) out[at] = Number.NEGATIVE_INFINITY;
    },
    learn(rows, target, now) {
      known = Math.max(known, target + 1);
      // The weights need few events: one in eight, which keeps their cost below that of the vectors.
      if (weighing !== 'learned' || rows.length === 0 || skip++ % 8 !== 0) return;
      fusion.learn(opinions(rows, now, known), target, situationOf(rows));
    },
  };
}
function chancesOf(scores: Float32Array, logarithmic: boolean, weighing: 'learned' | 'ranks'): Float32Array {
  if (weighing === 'ranks') return scores.map((_, rank) => 1 / (20 + rank));
  const largest = scores[0] ?? 0;
  const amounts = logarithmic ? scores.map((score) => Math.exp(score - largest)) : scores;
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  return total > 0 ? amounts.map((amount) => amount / total) : amounts.fill(0);
}
