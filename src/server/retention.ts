import { forgetInQuarantine } from './forgetFiles.js';
import type { Api } from './routes/api.js';

const [minuteMs, dayMs] = [60_000, 86_400_000];

/** Erases what is older than so many days: soon, for a server that is started every day, and then once a day. */
export function retain({ engine, dir, quarantine, publicQuarantine }: Api, days: number): () => void {
  return engine.jobs.add({
    name: 'retention',
    firstMs: minuteMs,
    everyMs: dayMs,
    async run() {
      const before = engine.now - days * dayMs;
      const { ids } = await engine.eraseBefore(before);
      if (dir === undefined) return;
      const forget = () => forgetInQuarantine(dir, ids, before);
      await quarantine.whileResting(() => publicQuarantine.whileResting(forget));
    },
  });
}
