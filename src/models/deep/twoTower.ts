import { EndcapError, type Item, Vocabulary } from '../../core/index.js';
import { type TextVectorizer, trainWordVectors, vectorizer, type WordVectors } from '../../text/index.js';
import { defineRecommender, type Factors, type Model, type Recommender } from '../recommender.js';
import { packModel, timesTouched, unpackModel, withUntouched } from '../support.js';
import { commonFields, EntryReader } from './entries.js';
import { fitWeights } from './fitting.js';
import { epochsOnwards, takeOver } from './goOn.js';
import type { SequenceOptions } from './network.js';
import { heldOutNdcg, modelOf } from './sequenceModel.js';
import { holdOut, stepsOf } from './sequences.js';
import { Towers, towerBatches } from './towers.js';

/**
 * Where text vectors come from. `fit` learns from the shop's titles (or returns what says which pretrained model to
 * take), as plain data that is saved with the model; `open` makes a vectoriser of it.
 */
export interface TextSource<Learned> {
  fit(titles: readonly string[], seed: number): Learned;
  open(learned: Learned): TextVectorizer;
}

interface Content {
  options: SequenceOptions;
  ids: string[];
  fields: string[];
  text: unknown;
  vectors: Float32Array;
  weights: Record<string, Float32Array>;
}

/** Subword vectors learned from the catalogue itself. */
const subwords: TextSource<Omit<WordVectors, 'frequency'> & { frequency: [string, number][] }> = {
  fit(titles, seed) {
    const learned = trainWordVectors(titles, { dimension: 32, epochs: 2, seed });
    return { ...learned, frequency: [...learned.frequency] };
  },
  open: (learned) => vectorizer({ ...learned, frequency: new Map(learned.frequency) }),
};

/**
 * Two towers (Yi et al. 2019): attention over the shopper's latest events against items read from their catalogue
 * entries, by cosine, trained by softmax over the items of the batch. An item put after training has a vector as soon
 * as it has an entry: see `factors.embedNewItems`.
 */
export function twoTowerAlgorithm<Learned>(text: TextSource<Learned>): Recommender {
  const name = 'twoTower';
  return defineRecommender<SequenceOptions>({
    name,
    source: 'Yi et al. 2019, Sampling-Bias-Corrected Neural Modeling; Volkovs et al. 2017, DropoutNet',
    defaults: {
      width: 64,
      blocks: 1,
      heads: 1,
      length: 50,
      dropout: 0.3,
      filter: 0,
      /** How often an item of a batch goes by its entry alone. */
      idDropout: 0.3,
      negatives: 1024,
      temperature: 0.07,
      epochs: 20,
      batch: 1024,
      learningRate: 0.003,
      weightDecay: 0.0001,
      average: 0.99,
      patience: 3,
      heldOut: 5000,
    },
    grid: { dropout: [0.1, 0.3], idDropout: [0.1, 0.3] },
    goesOn: true,
    async fit(given, { seed, ...options }, progress, former) {
      const chosen = options as SequenceOptions;
      const data = withUntouched(given);
      const catalogue = data.items.ids.map((_, row) => data.catalogue?.[row]);
      // What a former fit learned cannot be held out any more.
      const sequences = holdOut(data, chosen.heldOut, seed, former?.until);
      const steps = stepsOf(sequences, chosen.batch, chosen.length);
      const stops = sequences.heldOut.length > 0;
      const epochs = former ? epochsOnwards(chosen.epochs, stops) : chosen.epochs;
      if (data.items.size < 2 || steps === 0)
        throw new EndcapError(
          'too_little_data',
          `${name} needs two items and a shopper with two events or more`,
        );
      const before = former && unpackModel<Content>(former.files);
      const titles = (): string[] => catalogue.flatMap((item) => item?.title ?? []);
      const learned = before ? (before.text as Learned) : text.fit(titles(), seed);
      const reader = new EntryReader(before?.fields ?? commonFields(catalogue), text.open(learned));
      const towers = towersOf(chosen, data.items.size, reader, seed, timesTouched(data));
      if (before) takeOver(towers.weights, before, data.items);
      const entries = reader.read(catalogue);
      await fitWeights({
        name,
        weights: towers.weights,
        loss: towers.loss,
        options: { ...chosen, epochs },
        stepsPerEpoch: steps,
        batches: (rng) => towerBatches(sequences, towers, entries, rng),
        ...(stops
          ? { evaluate: () => towers.embed(entries).then(() => heldOutNdcg(towers, sequences)) }
          : {}),
        progress,
      });
      await towers.embed(entries);
      return served(name, towers, data.items, reader, learned);
    },
    async load(files) {
      const content = unpackModel<Content>(files);
      const reader = new EntryReader(content.fields, text.open(content.text as Learned));
      const towers = towersOf(content.options, content.ids.length, reader, 0);
      towers.weights.load(content.weights);
      towers.vectors().set(content.vectors);
      return served(name, towers, new Vocabulary(content.ids), reader, content.text);
    },
  });
}

export const twoTower = twoTowerAlgorithm(subwords);

/**
 * The same by subword vectors as they are drawn: they say what is spelt alike, and the tower learns what that means. It
 * saves what learning them costs, as long as half an epoch.
 */
export const spellingTower = twoTowerAlgorithm({
  ...subwords,
  fit(titles: readonly string[], seed: number) {
    const drawn = trainWordVectors(titles, { dimension: 32, epochs: 0, seed });
    return { ...drawn, frequency: [...drawn.frequency] };
  },
});

function towersOf(
  options: SequenceOptions,
  size: number,
  reader: EntryReader,
  seed: number,
  times?: Float64Array,
): Towers {
  const content = { fields: reader.fields.length, text: reader.text.dimension };
  return new Towers(options, size, content, seed, times);
}

async function served(
  name: string,
  towers: Towers,
  items: Vocabulary,
  reader: EntryReader,
  text: unknown,
): Promise<Model> {
  const { options, weights } = towers;
  const { embed } = await towers.items.compile();
  const embedNewItems: Factors['embedNewItems'] = async (entries: readonly Item[]) => {
    const read = reader.read(entries);
    const vectors = await embed(read, false);
    const at = (row: number): Float32Array => vectors.slice(row * options.width, (row + 1) * options.width);
    return entries.map((_, row) => (at(row).some((value) => value !== 0) ? at(row) : undefined));
  };
  return modelOf({
    name,
    network: towers,
    items,
    embedNewItems,
    save: () => {
      const vectors = towers.vectors();
      const ids = [...items.ids];
      const content: Content = {
        options,
        ids,
        fields: [...reader.fields],
        text,
        vectors,
        weights: weights.copy(),
      };
      return packModel(content);
    },
  });
}
