import { createLogUpdate } from 'log-update';
import { algorithms } from '../models/index.js';
import { textTable } from '../report/index.js';
import {
  epochsRun,
  type Options,
  scoreOf,
  type TrainingEvent,
  type Trial,
  type Watch,
} from '../train/index.js';

type Running = Extract<TrainingEvent, { kind: 'running' }>;
type Finished = Extract<TrainingEvent, { kind: 'trial' }>;

/** A board on `stream`, until `stop`. */
export interface Board {
  watch: Watch;
  stop: () => void;
}

/** What a training does, on stderr: a live table on a terminal, a line a fit elsewhere. */
export function trainingBoard(stream: NodeJS.WriteStream = process.stderr): Board {
  return stream.isTTY ? liveBoard(stream) : plainBoard(stream);
}

function plainBoard(stream: NodeJS.WriteStream): Board {
  let best: Trial | undefined;
  let phase = '';
  const watch: Watch = (happening) => {
    if (happening.kind === 'note') stream.write(`${happening.text}\n`);
    if (happening.kind === 'running' && happening.phase !== phase) {
      phase = happening.phase;
      stream.write(`${phase} …\n`);
    }
    if (happening.kind !== 'trial') return;
    best = better(best, happening.trial);
    stream.write(`${lineOf(happening)}${best ? `; best so far ${nameOf(best)}` : ''}\n`);
  };
  return { watch, stop: () => {} };
}

function lineOf({ trial, phase, known }: Finished): string {
  const { algorithm, options, seconds } = trial;
  const learned = epochsRun(trial);
  const how = known ? 'known already' : `${seconds.toFixed(1)} s`;
  return [algorithm, differences(algorithm, options), learned, `${phase}:`, resultOf(trial), `(${how})`]
    .filter(Boolean)
    .join(' ');
}

/** Redrawn when something happens, and each second, since a fit may be silent for long. */
function liveBoard(stream: NodeJS.WriteStream): Board {
  const log = createLogUpdate(stream);
  const finished: Finished[] = [];
  let running: { is: Running; at: number } | undefined;
  const draw = (): void => log(boardText(finished, running, stream.rows ?? 24));
  const watch: Watch = (happening) => {
    if (happening.kind === 'note') {
      log.clear();
      stream.write(`${happening.text}\n`);
    } else if (happening.kind === 'running') running = { is: happening, at: performance.now() };
    else finished.push(happening);
    draw();
  };
  const ticking = setInterval(draw, 1_000).unref();
  const stop = (): void => {
    clearInterval(ticking);
    log.clear();
    log.done();
  };
  return { watch, stop };
}

/** The fit under way, then the best of the finished ones as far as `height` lines hold them; best so far and ETA below. */
export function boardText(
  finished: readonly Finished[],
  running: { is: Running; at: number } | undefined,
  height: number,
): string {
  const table = textTable({
    head: ['algorithm', 'options', 'rung', 'NDCG@10', 's'],
    colWidths: [12, 34, 12, 26, 8],
    style: { compact: true },
  });
  const since = running ? (performance.now() - running.at) / 1000 : 0;
  if (running) {
    const { algorithm, options, phase, heldOut, seconds } = running.is;
    const soFar = heldOut === undefined ? '…' : `held out ${heldOut.toFixed(4)} …`;
    const cells = [differences(algorithm, options), shortPhase(phase), soFar, (seconds + since).toFixed(0)];
    table.push([`▶ ${algorithm}`, ...cells]);
  }
  const sorted = [...finished].sort((a, b) => scoreOf(b.trial) - scoreOf(a.trial));
  for (const { trial, phase } of sorted.slice(0, Math.max(1, height - 8))) {
    const { algorithm, options, seconds } = trial;
    table.push([
      algorithm,
      [differences(algorithm, options), epochsRun(trial)].filter(Boolean).join(' '),
      shortPhase(phase),
      resultOf(trial),
      seconds.toFixed(1),
    ]);
  }
  const best = sorted[0] && better(undefined, sorted[0].trial);
  return [
    table.toString(),
    ...(running ? [statusOf(running.is, since)] : []),
    ...(best ? [`Best so far: ${nameOf(best)}`] : []),
  ].join('\n');
}

function statusOf({ phase, done, total, note, left }: Running, since: number): string {
  const eta = left === undefined ? '' : ` · search ends in about ${clock(Math.max(0, left - since))}`;
  return `${phase}, ${done + 1} of ${total}${eta}${note ? ` · ${note}` : ''}`;
}

function resultOf({ validation, failed, cut }: Trial): string {
  if (!validation) return failed ?? '';
  const { mean, low, high } = validation.metrics.ndcg;
  return `${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]${cut ? ' cut' : ''}`;
}

function nameOf(trial: Trial): string {
  const options = differences(trial.algorithm, trial.options);
  return `${trial.algorithm}${options ? ` ${options}` : ''}, NDCG@10 ${scoreOf(trial).toFixed(4)}`;
}

function better(best: Trial | undefined, trial: Trial): Trial | undefined {
  if (!trial.validation) return best;
  return best && scoreOf(best) >= scoreOf(trial) ? best : trial;
}

/** The options that are not the algorithm's defaults. */
function differences(algorithm: string, options: Options): string {
  const defaults = algorithms.find(({ name }) => name === algorithm)?.defaults ?? {};
  const other = Object.entries(options).filter(([name, value]) => defaults[name] !== value);
  return other.map(([name, value]) => `${name}=${value}`).join(' ');
}

/** `rung 1 of 3` as `1 of 3`; other phases by their first word. */
function shortPhase(phase: string): string {
  return phase.startsWith('rung ') ? phase.slice(5) : phase.split(' ')[0]!;
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
