import { join } from 'node:path';
import { defaultEventWeights, type Event } from '../core/index.js';
import {
  CheckpointStore,
  type Decision,
  datasetFromEvents,
  deployBest,
  fingerprint,
  learnable,
  measureOthers,
  measureRatings,
  measureWinner,
  Registry,
  type Selection,
  search,
  selectionOf,
  type Trial,
  TrialStore,
  temporalSplit,
  type Watch,
} from '../train/index.js';
import { chosenAlgorithms, codeVersion, readShop } from './shop.js';

/** What a training is asked for: plain data, to cross threads. */
export interface TrainingRequest {
  dir: string;
  /** Names of algorithms, separated by commas; the classics by default. */
  models?: string | undefined;
  days: number;
  seed: number;
  tune: boolean;
  /** Time for everything, s. */
  budget?: number | undefined;
  /** Deploy the winner if it deserves it. */
  deploy: boolean;
}

export interface TrainingOutcome {
  selection: Selection;
  decision?: Decision;
  fingerprint: string;
  events: number;
}

/** Reads a shop, whether or not a server has it open, searches the best model, and deploys it if asked. */
export async function runTraining(request: TrainingRequest, watch: Watch): Promise<TrainingOutcome> {
  const { dir, days, seed, tune, budget, deploy } = request;
  const started = performance.now();
  const end = budget === undefined ? Number.POSITIVE_INFINITY : started + 1000 * budget;
  const recommenders = chosenAlgorithms(request.models);
  watch({ kind: 'note', text: 'Reading the log …' });
  const shop = await readShop(dir);
  const dataOf = (events: readonly Event[]) => datasetFromEvents(events, defaultEventWeights, shop.catalogue);
  const name = { days, seed, code: codeVersion };
  const { memory, head, note } = await TrialStore.open(
    shop.objects,
    name,
    shop.events,
    (events) => dataOf(events).items,
  );
  if (note) watch({ kind: 'note', text: note });
  const events = shop.events.slice(0, head);
  const split = temporalSplit(events, {
    weights: defaultEventWeights,
    days,
    seed,
    catalogue: shop.catalogue,
  });
  const data = dataOf(learnable(events, split));
  const places = new CheckpointStore(join(dir, 'training'), codeVersion);
  const shared = { k: 10, seed, places, watch, end };
  const options = {
    ...shared,
    recommenders,
    tune,
    memory: { known: memory.known, remember: (trials: readonly Trial[]) => memory.remember(trials) },
  };
  const trials = await search(split, options);
  const winner = await measureWinner(split, trials, options);
  const whole = { data, fingerprint: fingerprint(data), logOffset: head, code: codeVersion };
  // The decision comes first: the other algorithms are measured for the report, in the time that is left.
  const decision = deploy
    ? await deployBest(new Registry(shop.objects), winner, split, whole, shared)
    : undefined;
  const others = await measureOthers(split, trials, winner, options);
  const candidates = await measureRatings(split, [winner, ...others], options);
  await memory.finish();
  places.clear();
  return {
    selection: selectionOf(split, trials, candidates, seed),
    fingerprint: whole.fingerprint,
    events: events.length,
    ...(decision ? { decision } : {}),
  };
}
