import { packageVersion } from '../core/index.js';
import { packObject, unpackObject } from '../storage/index.js';
import { lastDayIn } from './demand/lastDay.js';
import { type PackedDemand, packedDays } from './demand/packed.js';
import { keyOf, type MadeOutlook, type OutlookRequest, wantedFill } from './outlook.js';
import type { StockSettings } from './stock/advice.js';

/** Where the last forecast is kept from one start to the next. Whoever keeps it knows of which log it is. */
export interface OutlookKeeper {
  read(): Promise<Uint8Array | undefined>;
  write(packed: Uint8Array): Promise<void>;
}

/** A forecast, and what it was made from and by. */
export interface KeptOutlook {
  format: number;
  code: string;
  /** When, ms since 1970, and for so many periods. */
  madeAt: number;
  horizon: number;
  /** How the shop ordered. */
  wanted: string;
  /** Days of items with sales that it was made from. */
  soldDays: number;
  made: MadeOutlook;
}

/** To be raised with every change of how it is made or kept: earlier ones are then made anew. */
const format = 2;
/** Of a shop that was away for longer what to order is not said from what was. */
const mostAgeMs = 24 * 3_600_000;
/** Growth of what was sold from which on a forecast is made anew before its time, as after an import. */
const importGrowth = 0.02;

/** For a thread: what `outlookOf` reads. */
export function packOutlook(
  { now, horizon, orders = {}, sold }: OutlookRequest,
  made: MadeOutlook,
): Promise<Uint8Array> {
  const wanted = keyOf(wantedFill(orders, made.table.periodDays));
  const soldDays = daysOf(sold);
  const kept: KeptOutlook = { format, code: packageVersion, madeAt: now, horizon, wanted, soldDays, made };
  return packObject(kept);
}

/** Throws where the bytes are damaged; undefined where another version wrote them. */
export async function outlookOf(packed: Uint8Array): Promise<KeptOutlook | undefined> {
  const kept = (await unpackObject(packed)) as KeptOutlook;
  return kept?.format === format && kept.code === packageVersion ? kept : undefined;
}

/** Whether a forecast still tells of the shop that sold this, and orders like this, now. */
export function stillTells(
  { madeAt, wanted, soldDays, made: { table } }: KeptOutlook,
  sold: PackedDemand,
  settings: StockSettings,
  now: number,
): boolean {
  if (!(madeAt <= now && now - madeAt < mostAgeMs)) return false;
  if (wanted !== keyOf(wantedFill(settings, table.periodDays))) return false;
  if (Math.abs(daysOf(sold) - soldDays) > importGrowth * soldDays) return false;
  const lastDay = table.firstDay + table.periods * table.periodDays - 1;
  return Math.abs(lastDayIn(packedDays(sold), now) - lastDay) <= 1;
}

const daysOf = ({ counts }: PackedDemand): number => counts.reduce((sum, days) => sum + days, 0);
