import { parentPort, workerData } from 'node:worker_threads';
import { Packr } from 'msgpackr';
import { algorithms, type PackedLearner, StreamLearner } from '../../models/index.js';
import type { FromLearner, LearnerStart, ToLearner } from './messages.js';

/** Longest time that rows wait to be published, ms. */
const publishMs = 250;
const packr = new Packr({ useRecords: false, moreTypes: true });

/** Learns in a thread of its own, told events and asked for checkpoints by `OnlineLearner`. */
const start = workerData as LearnerStart;
const algorithm = algorithms.find(({ name }) => name === start.algorithm)!;
const model = await algorithm.load(start.files);
const stream = model.stream!();
const learner = new StreamLearner(stream, start.weights);
learner.offset = start.offset;
if (start.checkpoint) learner.restore(packr.unpack(start.checkpoint) as PackedLearner);

let published = 0;
let timer: NodeJS.Timeout | undefined;
let work = Promise.resolve();

parentPort!.on('message', (message: ToLearner) => {
  work = work.then(() => (message.kind === 'events' ? learn(message) : checkpoint()));
});
say({ kind: 'ready', offset: learner.offset, counters: learner.counters });
publish();

async function learn({ from, events }: ToLearner & { kind: 'events' }): Promise<void> {
  for (const [at, event] of events.entries())
    if (from + at >= learner.offset) await learner.apply(from + at, event);
  if (performance.now() - published > publishMs) publish();
  else timer ??= setTimeout(publish, publishMs);
  say({ kind: 'learned', offset: learner.offset, counters: learner.counters });
}

function publish(): void {
  clearTimeout(timer);
  timer = undefined;
  published = performance.now();
  const changes = stream.changes();
  if (changes.ids.length > 0) say({ kind: 'rows', offset: learner.offset, changes });
}

function checkpoint(): void {
  say({ kind: 'checkpoint', offset: learner.offset, bytes: packr.pack(learner.pack()) });
}

function say(message: FromLearner): void {
  parentPort!.postMessage(message);
}
