import { EndcapError, type Progress } from '../../core/index.js';
import type { Dataset, Model, ModelFiles, Recommender } from '../recommender.js';
import { packModel, retrieveByScore, unpackModel } from '../support.js';
import type { Lesson } from './holdOut.js';
import { addScaled, learnWeights, standardised } from './weights.js';

export interface Member {
  name: string;
  recommender: Recommender;
  options: Record<string, number | string | boolean>;
  /** Whether it is for such data; without it, for all. */
  when?: (data: Dataset) => boolean;
}

interface Content {
  members: string[];
  weights: number[];
}

/**
 * A weighted sum of several algorithms' scores, each standardised over the catalogue; the weights are learned on what
 * the members have not seen.
 */
export function blendAlgorithm<Options extends Record<string, number | string | boolean>>(algorithm: {
  name: string;
  source: string;
  defaults: Options;
  /** The first weighs 1, and is for all data: the others learn what they add. */
  members: readonly Member[];
  /** Throws `too_little_data` when there is nothing to learn weights on. */
  holdOut: (data: Dataset, options: Options & { seed: number }) => Lesson;
  /** Whether so much was held out that the members are fitted again on everything. */
  refit: boolean;
}): Recommender<Options> & { readonly members: readonly Member[] } {
  const { name, source, defaults, members } = algorithm;
  return {
    members,
    name,
    source,
    defaults,
    async fit(data, options, progress) {
      const { past, cases } = algorithm.holdOut(data, options);
      if (cases.length === 0)
        throw new EndcapError('too_little_data', `${name} finds nothing to learn its weights on`, {
          remedy: 'Give more history, or choose one of its members instead',
        });
      const chosen = members.filter(({ when }) => !when || when(data));
      const early = await fitAll(chosen, past, options.seed, progress);
      const weights = await learnWeights(early, cases);
      const models = algorithm.refit ? await fitAll(chosen, data, options.seed, progress) : early;
      return modelOf(name, chosen, models, weights);
    },
    async load(files) {
      const content = unpackModel<Content>(files);
      const chosen = members.filter((member) => content.members.includes(member.name));
      const models = await Promise.all(chosen.map((member) => member.recommender.load(own(files, member))));
      return modelOf(name, chosen, models, content.weights);
    },
  };
}

async function fitAll(
  members: readonly Member[],
  data: Dataset,
  seed: number,
  progress: Progress,
): Promise<Model[]> {
  const models: Model[] = [];
  for (const { recommender, options } of members)
    models.push(await recommender.fit(data, { ...recommender.defaults, ...options, seed }, progress));
  return models;
}

/** The files of one member: their names start with its own. */
function own(files: ModelFiles, { name }: Member): ModelFiles {
  const mine = Object.entries(files).filter(([file]) => file.startsWith(`${name}.`));
  return Object.fromEntries(mine.map(([file, bytes]) => [file.slice(name.length + 1), bytes]));
}

function modelOf(
  name: string,
  members: readonly Member[],
  models: readonly Model[],
  weights: number[],
): Model {
  const { items } = models[0]!;
  const model: Model = {
    name,
    kind: 'scorer',
    items,
    async scoreAll(queries, out) {
      out.fill(0);
      for (const [at, weight] of weights.entries())
        if (weight !== 0) addScaled(out, await standardised(models[at]!, queries), weight);
    },
    retrieve: (query, k, allowed) => retrieveByScore(model, query, k, allowed),
    attribute: (query, row) => models[0]!.attribute!(query, row),
    neighbours: (row, k) => models[0]!.neighbours!(row, k),
    save(): ModelFiles {
      const files = packModel({ members: members.map((member) => member.name), weights } satisfies Content);
      for (const [at, member] of members.entries())
        for (const [file, bytes] of Object.entries(models[at]!.save()))
          files[`${member.name}.${file}`] = bytes;
      return files;
    },
  };
  return model;
}
