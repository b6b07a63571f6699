import { EndcapError } from '../core/index.js';
import type { DateOrder, TimeReading } from './times.js';

/**
 * Tells of a column of dates whether the day or the month comes first: any first part over 12 settles it, as does any
 * second one; else what would lie in the future, where nothing may.
 */
export class DateColumn {
  readonly #seen = { dmy: 0, mdy: 0, both: 0 };
  readonly #future = { dmy: 0, mdy: 0 };
  #example = '';

  /** `latest`, ms: no time of the column is after it. */
  constructor(private readonly latest = Number.POSITIVE_INFINITY) {}

  look(text: string, { dmy, mdy }: TimeReading): void {
    if (Number.isNaN(dmy) !== Number.isNaN(mdy)) this.#seen[Number.isNaN(dmy) ? 'mdy' : 'dmy']++;
    else if (dmy !== mdy && !Number.isNaN(dmy)) {
      this.#seen.both++;
      this.#example ||= text;
      if (dmy > this.latest) this.#future.dmy++;
      if (mdy > this.latest) this.#future.mdy++;
    }
  }

  /** The order that the column shows. */
  get shown(): DateOrder | undefined {
    const { dmy, mdy } = this.#seen;
    if (dmy !== mdy) return dmy > mdy ? 'dmy' : 'mdy';
    if ((this.#future.dmy === 0) !== (this.#future.mdy === 0)) return this.#future.dmy === 0 ? 'dmy' : 'mdy';
    return undefined;
  }

  /**
   * The order to read the column by: as said, as it shows, or as the columns beside it show; undefined where every text
   * has one meaning alone. `misfits` have no meaning in that order. Throws `ambiguous_time` where nothing settles it.
   */
  settle(
    column: string,
    said: DateOrder | undefined,
    beside?: DateOrder,
  ): { order: DateOrder | undefined; misfits: number } {
    const order = said ?? (this.#seen.both > 0 ? (this.shown ?? beside) : undefined);
    if (this.#seen.both > 0 && order === undefined) throw ambiguous(column, this.#example);
    return { order, misfits: order === undefined ? 0 : this.#seen[order === 'dmy' ? 'mdy' : 'dmy'] };
  }
}

/** The time of a text in the order of its column; NaN where it is none. */
export function timeIn({ dmy, mdy }: TimeReading, order: DateOrder | undefined): number {
  if (order === undefined) return Number.isNaN(dmy) ? mdy : dmy;
  return order === 'dmy' ? dmy : mdy;
}

function ambiguous(column: string, example: string): EndcapError {
  const message = `"${example}" may be day/month or month/day, and no row of the column settles it`;
  return new EndcapError('ambiguous_time', `The dates in ${column} can be read in two ways`, {
    errors: [{ field: 'time', message }],
    remedy: 'Say which: --dates dmy or --dates mdy, or {"dates":"dmy"} in a mapping file',
  });
}
