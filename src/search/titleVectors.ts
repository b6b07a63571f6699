import { fnv1a, packageVersion } from '../core/index.js';
import type { Engine } from '../recommend/index.js';
import { type ObjectStore, packObject, unpackObject } from '../storage/index.js';
import { trainWordVectorsAside, type WordVectorOptions, type WordVectors } from '../text/index.js';

/** Titles that vectors of words are learned from, and how many are worth it. */
const titlesLearned = 20_000;
const worthLearning = 200;
/**
 * Titles that are looked at in all, each several times where there are few; times at least and at most. On CrowdFlower's
 * even queries, where words alone have .837: a thousand titles looked at 5 times make it .820, 50 times .849; ten thousand
 * looked at 5 times .849, 10 times .855.
 */
const looks = { all: 100_000, least: 5, most: 50 };
/** Titles from which on vectors count half: those of 320 are best at a third of the weight, of 1,000 at two thirds or all. */
const halfTrusted = 1_000;

/** How vectors of words are learned from so many titles, and how far what they say of the order is then trusted. */
export function vectorLearning(titles: number): { options: WordVectorOptions; trust: number } {
  const epochs = Math.min(looks.most, Math.max(looks.least, Math.round(looks.all / titles)));
  return { options: { dimension: 48, epochs, seed: 1 }, trust: titles / (titles + halfTrusted) };
}

const key = 'search/words.bin';
/** To be raised with every change of how they are learned or kept: earlier ones are then learned anew. */
const format = 1;
/** Share of the titles that must be those they were learned from: what a few new words mean, their spelling tells. */
const stillTheirs = 0.9;

/** Vectors of words, and what they were learned from and by. */
interface KeptVectors {
  format: number;
  code: string;
  options: WordVectorOptions;
  /** Hashes of the titles, in ascending order. */
  titles: Uint32Array;
  words: string[];
  /** Of each word. */
  frequency: number[];
  grams: Float32Array;
  centre: Float32Array;
}

type Use = (model: WordVectors, trust: number) => void;
type Warn = (error: unknown, what: string) => void;

/**
 * What words mean in the shop's own titles: taken from the store, or learned aside and kept there; search goes by words
 * alone until then. Resolves to how to stop, which leaves nothing under way.
 */
export async function titleVectors(
  { catalogue, store: { objects } }: Pick<Engine, 'catalogue' | 'store'>,
  use: Use,
  warn: Warn = () => {},
): Promise<() => Promise<void>> {
  const titles: string[] = [];
  for (const { title } of catalogue.all()) {
    if (title) titles.push(title);
    if (titles.length === titlesLearned) break;
  }
  if (titles.length < worthLearning) return async () => {};
  const { options, trust } = vectorLearning(titles.length);
  const hashes = hashesOf(titles);
  const kept = await readKept(objects, options, hashes, warn);
  if (kept) {
    use(kept, trust);
    return async () => {};
  }
  const { answer, stop } = trainWordVectorsAside(titles, options);
  const learned = answer.then(
    async (model) => {
      if (!model) return;
      use(model, trust);
      await keep(objects, model, options, hashes).catch((error) =>
        warn(error, 'the vectors of words were not kept: the next start learns them again'),
      );
    },
    (error) => warn(error, 'the vectors of words were not learned'),
  );
  return async () => {
    await stop();
    await learned;
  };
}

async function readKept(
  objects: ObjectStore,
  options: WordVectorOptions,
  hashes: Uint32Array,
  warn: Warn,
): Promise<WordVectors | undefined> {
  try {
    const bytes = await objects.get(key);
    const kept = bytes && ((await unpackObject(bytes)) as KeptVectors);
    if (kept?.format !== format || kept.code !== packageVersion) return undefined;
    const { dimension, seed } = kept.options;
    if (dimension !== options.dimension || seed !== options.seed) return undefined;
    const most = Math.max(hashes.length, kept.titles.length);
    if (inBoth(hashes, kept.titles) < stillTheirs * most) return undefined;
    const { grams, centre } = kept;
    return {
      dimension,
      frequency: new Map(kept.words.map((word, at) => [word, kept.frequency[at]!])),
      grams,
      centre,
    };
  } catch (error) {
    warn(error, 'the vectors of words that were kept cannot be read: they are learned again');
    return undefined;
  }
}

async function keep(
  objects: ObjectStore,
  { frequency, grams, centre }: WordVectors,
  options: WordVectorOptions,
  titles: Uint32Array,
): Promise<void> {
  const kept: KeptVectors = {
    format,
    code: packageVersion,
    options,
    titles,
    words: [...frequency.keys()],
    frequency: [...frequency.values()],
    grams,
    centre,
  };
  await objects.put(key, await packObject(kept));
}

const hashesOf = (titles: readonly string[]): Uint32Array => Uint32Array.from(titles, fnv1a).sort();

/** How many numbers two lists in ascending order have in common. */
function inBoth(some: Uint32Array, others: Uint32Array): number {
  let [both, at] = [0, 0];
  for (const one of some) {
    while (at < others.length && others[at]! < one) at++;
    if (others[at] !== one) continue;
    both++;
    at++;
  }
  return both;
}
