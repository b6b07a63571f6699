import { join } from 'node:path';
import type { Event, EventTable } from '../core/index.js';
import { chosenAlgorithms, defaultAlgorithmsFor } from '../models/index.js';
import { CheckpointStore } from './checkpointStore.js';
import { processorClock } from './clock.js';
import { compare, type Searched, type Selection } from './compare.js';
import { countedEvents, datasetFromEvents, fingerprint } from './dataset.js';
import { type Decision, deployBest } from './deploy.js';
import type { Winner } from './finalists.js';
import { Registry } from './registry.js';
import { type LearnShelf, shelfOf } from './shelfLesson.js';
import type { ShopContent } from './shopContent.js';
import { learnable, temporalSplit } from './split.js';
import type { Watch } from './trainingEvent.js';
import type { Trial } from './trial.js';
import { TrialStore } from './trialStore.js';

/** What a training is asked for: plain data, to cross threads. */
export interface TrainingRequest {
  /** Names of algorithms, separated by commas, or all; the defaults by default. */
  models?: string | undefined;
  /** Length of the validation and of the test window; without it what fits the log: see `temporalSplit`. */
  days?: number | undefined;
  seed: number;
  /** Try the algorithms' grids. */
  tune: boolean;
  /** Processor time for everything, s. On a machine that is busy for too long it ends without: see `processorClock`. */
  budget?: number | undefined;
  /** Deploy the winner if it deserves it. */
  deploy: boolean;
}

export interface TrainingOutcome {
  selection: Selection;
  decision?: Decision;
  fingerprint: string;
  events: number;
  /** s, of the processor and of the clock on the wall. */
  took: { processor: number; clock: number };
}

export interface TrainingContext {
  /** Version of the code: what another one measured or began does not count. */
  code: string;
  watch: Watch;
  /** How the room that serves learns what its shelf is made of. */
  learnShelf?: LearnShelf;
}

/** The one training: searches the best model of a shop on its log, and deploys it if asked. */
export async function trainShop(
  shop: ShopContent,
  request: TrainingRequest,
  { code, watch, learnShelf }: TrainingContext,
): Promise<TrainingOutcome> {
  const { days, seed, tune, budget, deploy } = request;
  const started = { clock: performance.now(), processor: process.cpuUsage() };
  const clock = processorClock();
  const end = budget === undefined ? Number.POSITIVE_INFINITY : 1000 * budget;
  const dataOf = (events: readonly Event[]) =>
    datasetFromEvents(countedEvents(events), shop.table, shop.catalogue);
  // What was measured with other weights of the events does not count either.
  const name = { days: days ?? ('usual' as const), seed, code: `${code} ${JSON.stringify([...shop.table])}` };
  const itemsOf = (events: readonly Event[]) => dataOf(events).items;
  const { memory, head, note } = await TrialStore.open(shop.objects, name, shop.events, itemsOf);
  if (note) watch({ kind: 'note', text: note });
  const events = countedEvents(shop.events.slice(0, head));
  for (const text of unknownTypes(events, shop.table)) watch({ kind: 'note', text });
  const { catalogue } = shop;
  const split = temporalSplit(events, { table: shop.table, days, seed, catalogue });
  const data = dataOf(learnable(events, split));
  const recommenders = request.models ? chosenAlgorithms(request.models) : defaultAlgorithmsFor(data, budget);
  const places = new CheckpointStore(join(shop.dir, 'training'), code);
  const shared = { k: 10, seed, places, watch, end, clock };
  const options = {
    ...shared,
    recommenders,
    tune,
    memory: { known: memory.known, remember: (trials: readonly Trial[]) => memory.remember(trials) },
  };
  const whole = { data, fingerprint: fingerprint(data), logOffset: head, code };
  // The decision comes first: the other algorithms are measured for the report, in the time that is left.
  const decide = async (winner: Winner, searched: Searched): Promise<Decision> => {
    const how = { ...shared, table: shop.table, split, events, catalogue, winner, searched };
    const served = learnShelf && (await shelfOf(learnShelf, how));
    return deployBest(new Registry(shop.objects), winner, split, { ...whole, served }, shared);
  };
  const { selection, decided } = await compare(split, options, deploy ? decide : undefined);
  await memory.finish();
  places.clear();
  return {
    selection,
    fingerprint: whole.fingerprint,
    events: events.length,
    took: tookSince(started),
    ...(decided ? { decision: decided } : {}),
  };
}

/** What it really took, whatever the budget counted. */
function tookSince(started: { clock: number; processor: NodeJS.CpuUsage }): TrainingOutcome['took'] {
  const { user, system } = process.cpuUsage(started.processor);
  return { processor: (user + system) / 1e6, clock: (performance.now() - started.clock) / 1000 };
}

/** A line for each type of event that nobody has said the meaning of, the first ten. */
function unknownTypes(events: readonly Event[], table: EventTable): string[] {
  const counts = new Map<string, number>();
  for (const { type, user } of events)
    if (user !== '' && !table.has(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  const most = [...counts].sort(([, few], [, many]) => many - few).slice(0, 10);
  return most.map(
    ([type, count]) =>
      `${count} events of the type ${type} weigh nothing: say what it means in endcap.json, "events"`,
  );
}
