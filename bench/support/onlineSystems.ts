import { ItemCounts, LogBilinear, type LogBilinearOptions } from '../../src/models/online/index.js';
import type { System } from './prequential.js';
import { walk } from './prequential.js';
import type { Stream } from './streams.js';

/** Trains the embeddings on events [from, to) by `epochs` passes in time order: the last one is the stream's own. */
export function trainEmbeddings(
  stream: Stream,
  options: LogBilinearOptions,
  { to, epochs, seed }: { to: number; epochs: number; seed: number },
): LogBilinear {
  const model = new LogBilinear(options, seed);
  for (let epoch = 0; epoch < epochs; epoch++)
    walk(stream, 0, to, (rows, target) => void model.learn(rows, target));
  return model;
}

/** The embeddings as a system, that learns or stays as it is. */
export function embeddings(name: string, model: LogBilinear, learns: boolean) {
  const shopper = new Float32Array(model.options.dimension);
  return {
    name,
    score(rows: readonly number[], _now: number, out: Float32Array) {
      model.shopper(rows, shopper);
      out.fill(Number.NEGATIVE_INFINITY);
      model.scoreAll(shopper, out.subarray(0, Math.min(out.length, model.size)));
    },
    learn(rows: readonly number[], target: number) {
      if (learns) model.learn(rows, target);
    },
  };
}

/** Item–item counts with a half-life: what came within a session, nearer ones counting more. */
export function counts(name: string, halfLifeMs: number, fade: number, learns = true) {
  const table = new ItemCounts(halfLifeMs);
  const system = {
    name,
    frozen: !learns,
    score(rows: readonly number[], now: number, out: Float32Array) {
      out.fill(0);
      let weight = 1;
      for (const row of rows) {
        table.partners(row, now, (other, amount) => {
          if (other < out.length) out[other]! += weight * amount;
        });
        weight *= fade;
      }
      for (let at = 0; at < out.length; at++) if (out[at] === 0) out[at] = Number.NEGATIVE_INFINITY;
    },
    learn(rows: readonly number[], target: number, now: number) {
      if (system.frozen) return;
      for (let place = 0; place < rows.length && place < 10; place++) {
        const amount = 1 / (place + 1);
        table.add(rows[place]!, target, amount, now);
        table.add(target, rows[place]!, amount / 2, now);
      }
    },
  };
  return system;
}

/** The embeddings, trained anew on everything so far each time the stream's period is over. */
export function retrained(
  name: string,
  stream: Stream,
  plan: { from: number; epochs: number; seed: number; options: LogBilinearOptions },
  processor: () => number,
): System & { processorMs: () => number } {
  const { epochs, seed, options } = plan;
  let model = trainEmbeddings(stream, options, { to: plan.from, epochs, seed });
  let at = plan.from;
  let due = stream.time[at]! + stream.retrainMs;
  let spent = 0;
  let system = embeddings(name, model, false);
  return {
    name,
    processorMs: () => spent,
    score: (rows, now, out) => system.score(rows, now, out),
    learn() {
      if (stream.time[at]! >= due) {
        const started = processor();
        model = trainEmbeddings(stream, options, { to: at, epochs, seed });
        spent += processor() - started;
        system = embeddings(name, model, false);
        due += stream.retrainMs;
      }
      at++;
    },
  };
}
