import { EndcapError, type Progress, Vocabulary } from '../../core/index.js';
import { ensureCapacity, gather, topK } from '../../math/index.js';
import type { Appends } from '../online/appender.js';
import {
  type Dataset,
  defineRecommender,
  type Former,
  type Model,
  type ModelFiles,
  type Query,
  type Ranked,
  type Recommender,
} from '../recommender.js';
import { momentsOf, packModel, timesTouched, unpackModel, withUntouched } from '../support.js';
import type { Lesson } from './holdOut.js';
import {
  addScaled,
  learnWeights,
  scoresOfKnown,
  standardised,
  standardScores,
  type Term,
} from './weights.js';

export interface Member {
  name: string;
  recommender: Recommender;
  options: Record<string, number | string | boolean>;
  /** Whether it is for such data; without it, for all. */
  when?: (data: Dataset) => boolean;
  /** Whether it reads what the catalogue says: then it may count more where an item was seldom touched. */
  reads?: boolean;
}

interface Content {
  members: string[];
  terms: (Term & { weight: number })[];
  /** By item, 1 where nobody touched it … 0 where enough did: see `rarityOf`. */
  rarity: Float32Array;
}

/** Times touched from which on an item is known well enough by itself. */
const known = 6;
/** Items up to which a blend of cheap members adds up all scores. */
const summedWhole = 20_000;
/** Best items of each cheap member that are scored by all of them, and of a list at least so many times its length. */
const candidates = { least: 150, times: 5 };

/**
 * A weighted sum of several algorithms' scores, each standardised over the catalogue; the weights are learned on what
 * the members have not seen. A member that adds nothing is not in the model. What happens while it serves joins the
 * members that are statistics.
 */
export function blendAlgorithm<Options extends Record<string, number | string | boolean>>(algorithm: {
  name: string;
  source: string;
  defaults: Options;
  members: readonly Member[];
  /** Throws `too_little_data` when there is nothing to learn weights on. */
  holdOut: (data: Dataset, options: Options & { seed: number }) => Lesson;
  /**
   * How the members come to know what was held out: fitted anew where that was much, by going on from what they learned
   * where that is cheaper, or not at all.
   */
  refit: 'anew' | 'onwards' | 'never';
  /** Whether it scores what nobody touched yet, too: only where members can tell such items apart. */
  untouched?: boolean;
}): Recommender & { readonly members: readonly Member[] } {
  const { name, source, defaults, members } = algorithm;
  const memberOf = (known: string): Member => {
    const member = members.find((one) => one.name === known);
    if (!member) throw new EndcapError('model_corrupt', `${name} has no member "${known}"`);
    return member;
  };
  const learners = members.filter(learns);
  /** The members of a former fit on all of the data, with the weights that it learned. */
  const goOn = async (data: Dataset, seed: number, progress: Progress, former: Former): Promise<Model> => {
    const content = unpackModel<Content>(former.files);
    const models = await fitAll(content.members.map(memberOf), data, seed, progress, former);
    return blended(name, models, { ...content, rarity: rarityOf(data) });
  };
  return defineRecommender<Options, { readonly members: readonly Member[] }>({
    members,
    name,
    source,
    defaults,
    ...(learners.length > 0 && learners.every(({ recommender }) => recommender.goesOn)
      ? { goesOn: true }
      : {}),
    async fit(given, options, progress, former) {
      const { untouched: _, ...touched } = given;
      const data = algorithm.untouched ? withUntouched(given) : touched;
      if (former) return goOn(data, options.seed, progress, former);
      const { past, cases } = algorithm.holdOut(data, options);
      if (cases.length === 0)
        throw new EndcapError('too_little_data', `${name} finds nothing to learn its weights on`, {
          remedy: 'Give more history, or choose one of its members instead',
        });
      const fitting = members.filter(({ when }) => !when || when(data));
      // After the members come their weights, or all of them again.
      const share = algorithm.refit === 'anew' ? 0.4 : 0.7;
      const early = await fitAll(fitting, past, options.seed, hurried(progress, share));
      const terms = fitting.flatMap(({ reads }, member): Term[] =>
        reads ? [false, true].map((rare) => ({ member, rare })) : [{ member, rare: false }],
      );
      const weights = await learnWeights(early, cases, terms, rarityOf(past), given.items.size);
      const kept = fitting.map((_, at) =>
        terms.some(({ member }, term) => member === at && weights[term] !== 0),
      );
      const chosen = fitting.filter((_, at) => kept[at]);
      const models =
        algorithm.refit === 'anew'
          ? await fitAll(chosen, data, options.seed, progress)
          : early.filter((_, at) => kept[at]);
      const places = fitting.map((member) => chosen.indexOf(member));
      const weighted = terms
        .map(({ member, rare }, at) => ({ member: places[member]!, rare, weight: weights[at]! }))
        .filter(({ weight }) => weight !== 0);
      const model = blended(name, models, {
        members: chosen.map((member) => member.name),
        terms: weighted,
        rarity: rarityOf(data),
      });
      if (algorithm.refit !== 'onwards' || progress.enough?.()) return model;
      return goOn(data, options.seed, progress, { files: model.save(), until: data.until });
    },
    async load(files) {
      const content = unpackModel<Content>(files);
      const models = await Promise.all(
        content.members.map((each) => memberOf(each).recommender.load(own(files, each))),
      );
      return blended(name, models, content);
    },
  });
}

const learns = ({ recommender }: Member): boolean => 'epochs' in recommender.defaults;

/** What learns in epochs comes last: the time that the others leave is its own. */
async function fitAll(
  members: readonly Member[],
  data: Dataset,
  seed: number,
  progress: Progress,
  former?: Former,
): Promise<Model[]> {
  const order = [...members].sort((a, b) => Number(learns(a)) - Number(learns(b)));
  const models = new Map<Member, Model>();
  for (const member of order) {
    const { recommender, options } = member;
    const before = former && { ...former, files: own(former.files, member.name) };
    const chosen = { ...recommender.defaults, ...options, seed };
    models.set(member, await recommender.fit(data, chosen, progress, before));
  }
  return members.map((member) => models.get(member)!);
}

/** The progress of a part of a fit, which is to end after a `share` of its time. */
function hurried(progress: Progress, share: number): Progress {
  const { enough } = progress;
  const tell: Progress = (step) => progress(step);
  return Object.assign(tell, progress, enough && { enough: () => enough(share) });
}

/** How little the log says of each item: clip((known − times touched) / (known − 1), 0, 1). */
function rarityOf(data: Dataset): Float32Array {
  return Float32Array.from(timesTouched(data), (times) =>
    Math.min(1, Math.max(0, (known - times) / (known - 1))),
  );
}

/** The files of one member: their names start with its own. */
function own(files: ModelFiles, name: string): ModelFiles {
  const mine = Object.entries(files).filter(([file]) => file.startsWith(`${name}.`));
  return Object.fromEntries(mine.map(([file, bytes]) => [file.slice(name.length + 1), bytes]));
}

function blended(name: string, models: readonly Model[], content: Content): Model {
  const { members, terms } = content;
  const appends = joint(models);
  // Members that grow add the same items in the same order; the others do not know of it.
  const items = appends ? new Vocabulary(models[0]!.items.ids) : models[0]!.items;
  let { rarity } = content;
  const add = (sum: Float32Array, lines: readonly Float32Array[], rare: Float32Array): void => {
    for (const { member, rare: rareOnly, weight } of terms) {
      const line = lines[member]!;
      if (!rareOnly) addScaled(sum, line, weight);
      else for (let at = 0; at < line.length; at++) sum[at]! += weight * rare[at]! * line[at]!;
    }
  };
  // Where every member has all its scores at hand, choosing among them costs more than adding them up.
  let steps = 0;
  const grow = (item: string): void => {
    steps++;
    if (items.row(item) >= 0) return;
    const row = items.add(item);
    rarity = ensureCapacity(rarity, row);
    // Nothing was known of it at training.
    rarity[row] = 1;
  };
  const state = (): Summed => ({ size: items.size, rarity, steps });
  const whole = summer(models, content, state);
  const sumAll = (query: Query): Float32Array | undefined =>
    items.size <= summedWhole ? whole?.(query) : undefined;
  const score = async (query: Query, rows: Uint32Array): Promise<Float32Array> => {
    const all = sumAll(query);
    if (all) return gather(all, rows);
    const lines: Float32Array[] = [];
    for (const model of models) {
      const scores = model.items.size < items.size ? scoresOfKnown : standardScores;
      lines.push(await scores(model, query, rows));
    }
    const sum = new Float32Array(rows.length);
    add(sum, lines, gather(rarity, rows));
    return sum;
  };
  const leader = models[leaderOf(terms)]!;
  const first = (able: (model: Model) => unknown): Model | undefined => models.find(able);
  const [explains, relates] = [first(({ attribute }) => attribute), first(({ neighbours }) => neighbours)];
  return {
    name,
    kind: 'scorer',
    items,
    ...(models.every(({ impersonal }) => impersonal) ? { impersonal: true } : {}),
    async scoreAll(queries, out) {
      const lines: Float32Array[] = [];
      for (const model of models) lines.push(await standardised(model, queries));
      out.fill(0);
      queries.forEach((_, at) => {
        const part = (every: Float32Array): Float32Array => {
          const size = every.length / queries.length;
          return every.subarray(at * size, (at + 1) * size);
        };
        add(part(out), lines.map(part), rarity);
      });
    },
    score,
    ...(models.every(({ cheap }) => cheap) ? { cheap: true } : {}),
    async prepare() {
      for (const model of models) await model.prepare?.();
    },
    async retrieve(query, k, allowed): Promise<Ranked> {
      const sum = sumAll(query);
      if (sum) return topK(sum, k, allowed);
      const rows = await candidatesOf(models, leader, query, k, allowed);
      const { rows: best, scores } = topK(await score(query, rows), k);
      return { rows: best.map((at) => rows[at]!), scores };
    },
    ...(explains ? { attribute: (query, rows) => explains.attribute!(query, rows) } : {}),
    ...(relates ? { neighbours: (row, k) => relates.neighbours!(row, k) } : {}),
    ...(appends && {
      appends: {
        append(step) {
          grow(step.item);
          appends.append(step);
        },
        identify: appends.identify,
      } satisfies Appends,
    }),
    save(): ModelFiles {
      const files = packModel(content);
      for (const [at, member] of members.entries())
        for (const [file, bytes] of Object.entries(models[at]!.save())) files[`${member}.${file}`] = bytes;
      return files;
    },
  };
}

/** What a sum of all scores goes by: it is another when any of it is. */
interface Summed {
  size: number;
  rarity: Float32Array;
  /** Steps of the stream that members took so far. */
  steps: number;
}

/**
 * Adds up all scores of a blend whose members have theirs at hand; undefined for others. What is the same for everybody
 * is added up once. The result is good until the next query. A member that does not know the newest items finds them
 * neither better nor worse than the mean.
 */
function summer(
  models: readonly Model[],
  { terms }: Content,
  state: () => Summed,
): ((query: Query) => Float32Array) | undefined {
  if (!models.every(({ cheap, line }) => cheap && line)) return undefined;
  let { rarity } = state();
  const addTerms = (of: readonly Content['terms'][number][], line: Float32Array, out: Float32Array): void => {
    const { mean, deviation } = momentsOf(line);
    if (deviation === 0) return;
    for (const { rare, weight } of of) {
      const factor = weight / deviation;
      if (rare)
        for (let at = 0; at < line.length; at++) out[at]! += factor * rarity[at]! * (line[at]! - mean);
      else for (let at = 0; at < line.length; at++) out[at]! += factor * (line[at]! - mean);
    }
  };
  const termsOf = (place: number) => terms.filter(({ member }) => member === place);
  const same = new Float32Array(rarity.length);
  const personal: { model: Model; own: Content['terms'] }[] = [];
  models.forEach((model, place) => {
    if (model.impersonal && !model.appends) addTerms(termsOf(place), model.line!(), same);
    else personal.push({ model, own: termsOf(place) });
  });
  let sum = new Float32Array(0);
  let asked: { profile: Query['profile']; steps: number } | undefined;
  return (query) => {
    const { size, steps, rarity: now } = state();
    if (asked?.profile === query.profile && asked.steps === steps) return sum;
    asked = { profile: query.profile, steps };
    rarity = now;
    if (sum.length !== size) sum = new Float32Array(size);
    sum.fill(0, same.length);
    sum.set(same);
    for (const { model, own } of personal) addTerms(own, model.line!(query), sum);
    return sum;
  };
}

/** What happens joins every member that takes it; undefined where none does. */
function joint(models: readonly Model[]): Required<Appends> | undefined {
  const all = models.flatMap(({ appends }) => appends ?? []);
  if (all.length === 0) return undefined;
  return {
    append(step) {
      for (const each of all) each.append(step);
    },
    identify(anonymous, user) {
      for (const each of all) each.identify?.(anonymous, user);
    },
  };
}

/** The member that counts most, by place. */
function leaderOf(terms: Content['terms']): number {
  const most = Math.max(...terms.map(({ weight }) => Math.abs(weight)));
  return terms.find(({ weight }) => Math.abs(weight) === most)?.member ?? 0;
}

/**
 * What is worth scoring: the best of the members that find theirs cheaply and of the one that counts most; of all where
 * those find too few.
 */
async function candidatesOf(
  models: readonly Model[],
  leader: Model,
  query: Query,
  k: number,
  allowed: (row: number) => boolean,
): Promise<Uint32Array> {
  const wanted = Math.max(candidates.least, candidates.times * k);
  const found = new Set<number>();
  const add = async (model: Model): Promise<void> => {
    for (const row of (await model.retrieve(query, wanted, allowed)).rows) found.add(row);
  };
  const asked = (model: Model): boolean => model.cheap === true || model === leader;
  for (const model of models) if (asked(model)) await add(model);
  if (found.size < wanted) for (const model of models) if (!asked(model)) await add(model);
  return Uint32Array.from(found);
}
