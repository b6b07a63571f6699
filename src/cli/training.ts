import { join } from 'node:path';
import { defaultEventWeights, type Event } from '../core/index.js';
import {
  type Decision,
  datasetFromEvents,
  deployBest,
  fingerprint,
  Places,
  Registry,
  SearchMemory,
  type Selection,
  select,
  temporalSplit,
  type Watch,
} from '../train/index.js';
import { chosenFamilies, codeVersion, readShop } from './shop.js';

/** What a training is asked for: plain data, to cross threads. */
export interface TrainingRequest {
  dir: string;
  /** Names of families, separated by commas; the classics by default. */
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
  const recommenders = chosenFamilies(request.models);
  watch({ kind: 'note', text: 'Reading the log …' });
  const shop = await readShop(dir);
  const dataOf = (events: readonly Event[]) => datasetFromEvents(events, defaultEventWeights, shop.catalogue);
  const name = { days, seed, code: codeVersion };
  const { memory, head, note } = await SearchMemory.open(
    shop.objects,
    name,
    shop.events,
    (events) => dataOf(events).items,
  );
  if (note) watch({ kind: 'note', text: note });
  const events = shop.events.slice(0, head);
  const data = dataOf(events);
  const split = temporalSplit(events, {
    weights: defaultEventWeights,
    days,
    seed,
    catalogue: shop.catalogue,
  });
  const places = new Places(join(dir, 'training'), codeVersion);
  const shared = { k: 10, seed, places, watch, end };
  const selection = await select(split, {
    ...shared,
    recommenders,
    tune,
    memory: { known: memory.known, remember: (trials) => memory.remember(trials) },
  });
  const whole = { data, fingerprint: fingerprint(data), logOffset: head, code: codeVersion };
  const decision = deploy
    ? await deployBest(new Registry(shop.objects), selection, split, whole, shared)
    : undefined;
  await memory.finish();
  places.clear();
  return {
    selection,
    fingerprint: whole.fingerprint,
    events: events.length,
    ...(decision ? { decision } : {}),
  };
}
