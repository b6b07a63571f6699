import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { ItemFault } from './itemFields.js';
import type { ItemReport } from './itemReport.js';

/** Rows that are no items: counted by reason, and written where they can be corrected. */
export class Rejects {
  readonly #counts = new Map<string, { reason: string; rows: number; remedy: string }>();
  #out: ReturnType<typeof createWriteStream> | undefined;
  #failed: Error | undefined;

  constructor(
    private readonly path: string,
    private readonly report: ItemReport,
  ) {}

  add(file: string, row: number, { reason, field, remedy }: ItemFault, data: Record<string, unknown>): void {
    this.report.rowsQuarantined++;
    const count = this.#counts.get(reason) ?? { reason, rows: 0, remedy };
    count.rows++;
    this.#counts.set(reason, count);
    if (this.report.firstRejected.length < 5)
      this.report.firstRejected.push({ file, row, reason, text: JSON.stringify(data).slice(0, 200) });
    if (!this.#out) {
      this.#out = createWriteStream(this.path);
      this.#out.on('error', (error) => {
        this.#failed = error;
      });
    }
    this.#out.write(`${JSON.stringify({ file, row, reason, field, remedy, data })}\n`);
  }

  async close(): Promise<void> {
    this.report.reasons = [...this.#counts.values()];
    if (!this.#out) return;
    this.#out.end();
    if (!this.#failed) await once(this.#out, 'close');
    if (this.#failed) throw this.#failed;
  }
}
