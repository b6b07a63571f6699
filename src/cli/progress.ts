import { SingleBar } from 'cli-progress';
import type { Progress } from '../core/index.js';

/**
 * A progress line with an ETA on stderr, one bar a phase; a plain line a phase where there is no terminal.
 * `stop` leaves the cursor on a fresh line.
 */
export function progressLine(): { report: Progress; stop: () => void } {
  let phase = '';
  let bar: SingleBar | undefined;
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
    phase = '';
  };
  const report: Progress = (step) => {
    if (step.phase !== phase) {
      stop();
      phase = step.phase;
      if (!process.stderr.isTTY) process.stderr.write(`${step.phase} …\n`);
      else bar = start(step.total);
    }
    bar?.setTotal(step.total);
    bar?.update(step.done, { phase: step.phase, note: step.note ?? '' });
  };
  return { report, stop };
}

function start(total: number): SingleBar {
  const bar = new SingleBar({
    format: '{phase} {bar} {percentage}% · {eta_formatted} left {note}',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(total, 0, { phase: '', note: '' });
  return bar;
}
