import { months, plainWord, withoutWeekday } from './dateNames.js';
import { fullWidth } from './numbers.js';
import { isZone, offsetOf, zoneOf } from './zones.js';

export type DateOrder = 'dmy' | 'mdy';

/**
 * What a text may mean as a time, ms since 1970: under day/month and under month/day. The two are equal where the
 * text leaves no doubt; one is NaN where only the other is a date; both are where it is no time.
 */
export interface TimeReading {
  dmy: number;
  mdy: number;
}

const none: TimeReading = { dmy: Number.NaN, mdy: Number.NaN };
const sure = (ms: number): TimeReading => ({ dmy: ms, mdy: ms });
const day = 86_400_000;

const isoPattern =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)? ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?$/;

/**
 * Reads a time: ISO 8601, unix seconds to nanoseconds by size, `20251007`, Excel serials, dates with slashes, dots,
 * dashes or Chinese signs, names of months in many languages (RFC 2822 too), clocks of 12 or 24 hours, zones.
 * Without a zone of its own a time is in `zone` (IANA name). A date that no calendar has is no time.
 */
export function readTime(given: string, zone = 'UTC'): TimeReading {
  const named = / ([A-Z][A-Za-z]+\/[A-Za-z_]+)$/.exec(given)?.[1];
  if (named !== undefined && isZone(named)) return readTime(given.slice(0, -named.length).trim(), named);
  const bracketed = /\[([^[\]]+)\]$/.exec(given)?.[1];
  const bracketedZone = bracketed === undefined ? undefined : zoneOf(bracketed);
  // As java.time writes it; an offset before the name of the zone is the surer one.
  if (bracketed !== undefined && bracketedZone !== undefined)
    return readTime(given.slice(0, -bracketed.length - 2).trim(), bracketedZone);
  const iso = isoPattern.exec(given);
  if (iso) {
    const [, y, m, d, h = '0', min = '0', s = '0', part = '0', offset] = iso;
    const clock = clockMs(+h, +min, +s) + Math.floor(+`0.${part}` * 1000);
    return sure(at(+y!, +m!, +d!, clock, offset === undefined ? undefined : minutesOf(offset), zone));
  }
  const text = fullWidth(given)
    .trim()
    // What keeps a spreadsheet from changing it, and how .NET writes it into JSON.
    .replace(/^'(?=\d)|^\/Date\((-?\d+)(?:[+-]\d{4})?\)\/$/, '$1')
    .replace(/^(\d{5}),(\d+)$/, '$1.$2')
    .replace(/\s+/g, ' ');
  const counted = ofWeekOrDay(text, zone);
  if (counted !== undefined) return sure(counted);
  if (/^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text)) return sure(ofNumber(text, zone));
  return ofParts(text, zone);
}

const clockMs = (hour: number, minute: number, second: number): number =>
  (hour < 24 || (hour === 24 && minute === 0 && second === 0)) && minute < 60 && second <= 60
    ? ((hour * 60 + minute) * 60 + second) * 1000
    : Number.NaN;

/** ms of a date of the calendar and a clock in a zone; NaN where there is no such date. */
function at(
  year: number,
  month: number,
  date: number,
  clock: number,
  offsetMinutes: number | undefined,
  zone: string,
): number {
  const midnight = Date.UTC(year, month - 1, date);
  const made = new Date(midnight);
  if (year < 100 || made.getUTCMonth() !== month - 1 || made.getUTCDate() !== date) return Number.NaN;
  const local = midnight + clock;
  if (offsetMinutes !== undefined) return local - offsetMinutes * 60_000;
  return zone === 'UTC' ? local : local - offsetOf(local, zone);
}

/** Numbers by size: dates written as digits, Excel's days since 1900, unix time in seconds to nanoseconds. */
function ofNumber(text: string, zone: string): number {
  const digits = /^\d+$/.test(text) ? text.length : 0;
  if (digits === 8 || digits === 12 || digits === 14) {
    const [y, m, d, h, min, s] = [
      [0, 4],
      [4, 6],
      [6, 8],
      [8, 10],
      [10, 12],
      [12, 14],
    ].map(([a, b]) => +text.slice(a, b));
    if (y! >= 1900 && y! <= 2100) return at(y!, m!, d!, clockMs(h!, min!, s!), undefined, zone);
    if (digits === 8) return Number.NaN;
  }
  const value = Number(text);
  // Days from 1954 to 2119, perhaps with a part of a day.
  if (value >= 20_000 && value < 80_000) {
    const local = Math.round((value - 25_569) * 86_400) * 1000;
    return zone === 'UTC' ? local : local - offsetOf(local, zone);
  }
  const size = Math.abs(value);
  if (size < 1e11) return Math.round(value * 1000);
  if (size < 1e14) return Math.round(value);
  if (size < 1e17) return Math.floor(value / 1e3);
  if (size < 1e20) return Math.floor(value / 1e6);
  return Number.NaN;
}

const weekPattern = /^(\d{4})-?W(\d\d)-?(\d)(?:[T ](.+))?$/;
const ordinalPattern = /^((?:19|20)\d\d)(-?)(\d{3})(?:[T ](.+))?$/;

/** ISO week dates, `2025-W41-2`, and days of the year, `2025-280`; undefined of any other text. */
function ofWeekOrDay(text: string, zone: string): number | undefined {
  const week = weekPattern.exec(text);
  if (week) {
    const [year, number, weekday] = [+week[1]!, +week[2]!, +week[3]!];
    // The first week is the one with the fourth of January.
    const fourth = Date.UTC(year, 0, 4);
    const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * day + (number - 1) * day * 7;
    const thursday = new Date(monday + 3 * day).getUTCFullYear();
    if (number < 1 || weekday < 1 || weekday > 7 || thursday !== year) return Number.NaN;
    return ofDay(monday + (weekday - 1) * day, week[4], zone);
  }
  const ordinal = ordinalPattern.exec(text);
  if (!ordinal) return undefined;
  const date = Date.UTC(+ordinal[1]!, 0, 1) + (+ordinal[3]! - 1) * day;
  if (new Date(date).getUTCFullYear() !== +ordinal[1]!) return Number.NaN;
  return ofDay(date, ordinal[4], zone);
}

function ofDay(midnight: number, clock: string | undefined, zone: string): number {
  const date = new Date(midnight);
  return dated_(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), clock ?? '', zone);
}

interface Clock {
  ms: number;
  offset: number | undefined;
}

const compact = /^(\d{4})(\d\d)(\d\d)[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)? ?(.*)$/;
const yearFirst = /^(\d{4}) ?[-/.年년] ?(\d{1,2}) ?[-/.月월] ?(\d{1,2}) ?[日号일.]?(?=\D|$)(.*)$/;
const yearLast = /^(\d{1,2})([-/.]) ?(\d{1,2})\2 ?(\d{4}|\d\d)(?!\d)(.*)$/;
const monthDayYear = /^(\d{1,2}) (\d{1,2}), (\d{4})(.*)$/;

function ofParts(text: string, zone: string): TimeReading {
  const short = compact.exec(text);
  if (short) {
    const [, y, m, d, h, min, s = '0', rest = ''] = short;
    const offset = rest === '' ? undefined : minutesOf(rest);
    if (Number.isNaN(offset)) return none;
    return sure(at(+y!, +m!, +d!, clockMs(+h!, +min!, +s), offset, zone));
  }
  const dated = withoutWeekday(text.replace(/ ?[(（](?:[日月火水木金土]|[월화수목금토일])[)）] ?/, ' '));
  const first = yearFirst.exec(dated);
  if (first) return sure(dated_(+first[1]!, +first[2]!, +first[3]!, first[4]!, zone));
  const last = yearLast.exec(dated);
  if (last) {
    const [, a, sign, b, y, rest] = last as unknown as [string, string, string, string, string, string];
    const year = fullYear(y);
    const dmy = dated_(year, +b, +a, rest, zone);
    // With dots the day comes first, everywhere.
    if (sign === '.') return sure(dmy);
    return { dmy, mdy: dated_(year, +a, +b, rest, zone) };
  }
  const american = monthDayYear.exec(dated);
  if (american) return sure(dated_(+american[3]!, +american[1]!, +american[2]!, american[4]!, zone));
  return sure(ofWords(dated, zone));
}

function dated_(year: number, month: number, date: number, rest: string, zone: string): number {
  const clock = readClock(rest);
  return clock ? at(year, month, date, clock.ms, clock.offset, zone) : Number.NaN;
}

/** Two digits are of this century until 69, as in POSIX. */
function fullYear(text: string): number {
  if (text.length !== 2) return +text;
  return +text < 70 ? 2000 + +text : 1900 + +text;
}

const half = '[ap]\\.?m\\.?|上午|凌晨|早上|清晨|午前|오전|下午|晚上|中午|午後|오후';
const clockPattern = new RegExp(
  `^[T,]? ?(?:at |um |à |kl\\.? )?(${half})? ?(\\d{1,2})(?:(?:[:.h]|[时點点時시] ?)(\\d{1,2}))?[分분时點点時시]?(?:[:. ]?(\\d{1,2})(?:[.,](\\d{1,9}))?[秒초]?)? ?(${half})? ?(uhr)?,? ?(.*)$`,
  'i',
);

/** A clock behind a date: nothing is midnight; undefined where it is no clock. */
function readClock(text: string): Clock | undefined {
  const rest = text.trim().replace(/^,/, '').trim();
  if (rest === '') return { ms: 0, offset: undefined };
  const parts = clockPattern.exec(rest);
  if (!parts) {
    const offset = minutesOf(rest);
    return Number.isNaN(offset) ? undefined : { ms: 0, offset };
  }
  const [, before, h, min, s = '0', part = '0', behind, hourWord, tail = ''] = parts;
  const named = (before ?? behind)?.replaceAll('.', '').toLowerCase();
  if (min === undefined && named === undefined && hourWord === undefined && !/[时點点時시]/.test(rest))
    return undefined;
  let hour = +h!;
  if (named !== undefined) {
    if (hour > 12 && before !== named) return undefined;
    const afternoon = /^(pm|下午|晚上|中午|午後|오후)$/.test(named);
    if (afternoon && hour < 12) hour += named === '中午' && hour > 9 ? 0 : 12;
    else if (!afternoon && hour === 12) hour = 0;
  }
  const offset = tail.trim() === '' ? undefined : minutesOf(tail);
  if (Number.isNaN(offset)) return undefined;
  const ms = clockMs(hour, +(min ?? 0), +s) + Math.floor(+`0.${part}` * 1000);
  return Number.isNaN(ms) ? undefined : { ms, offset };
}

const named: Record<string, number> = {
  z: 0,
  utc: 0,
  gmt: 0,
  ut: 0,
  wet: 0,
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
  cet: 60,
  cest: 120,
  mez: 60,
  mesz: 120,
  bst: 60,
  eet: 120,
  eest: 180,
  msk: 180,
  ist: 330,
  jst: 540,
  kst: 540,
  aest: 600,
  aedt: 660,
};

/** Minutes east of Greenwich of `+02:00`, `+0200`, `UTC`, `GMT+8`, `CEST`, perhaps with the name of the zone behind; NaN of any other text. */
function minutesOf(text: string): number {
  const plain = text
    .trim()
    .replace(/\s*[([].*[)\]]$/, '')
    .toLowerCase();
  if (Object.hasOwn(named, plain)) return named[plain]!;
  const parts = /^(?:utc|gmt)? ?([+-])(\d{1,2}):?(\d\d)?(?: [a-z]{1,5})?$/.exec(plain);
  if (!parts) return Number.NaN;
  const [, sign, hours, minutes = '0'] = parts;
  if (+hours! > 14 || +minutes > 59) return Number.NaN;
  return (sign === '-' ? -1 : 1) * (60 * +hours! + +minutes);
}

/** `7 Oct 2025 09:50`, `Oct 7, 2025 at 9:50 AM`, `7-Oct-25`, `Tue Oct  7 09:50:25 UTC 2025`. */
function ofWords(text: string, zone: string): number {
  const shapes = [
    /^(?<d>\d{1,2})(?:st|nd|rd|th|er|\.|º)?[ -]?(?:de )?(?<m>[\p{L}.]+?)\.?,?[ -]?(?:de )?(?<y>\d{4}|\d\d)(?!\d)(?<rest>.*)$/u,
    /^(?<m>[\p{L}.]+?)\.? (?<d>\d{1,2})(?:st|nd|rd|th)?,? (?<y>\d{4})(?![\d:])(?<rest>.*)$/u,
    /^(?<m>\p{L}+)-(?<d>\d{1,2})-(?<y>\d{4}|\d\d)(?!\d)(?<rest>.*)$/u,
    /^(?<y>\d{4})[ -](?<m>[\p{L}.]+?)\.?[ -](?<d>\d{1,2})(?!\d)(?<rest>.*)$/u,
  ];
  for (const shape of shapes) {
    const parts = shape.exec(text)?.groups;
    const month = parts && months.get(plainWord(parts.m!))?.number;
    if (parts && month) return dated_(fullYear(parts.y!), month, +parts.d!, parts.rest!, zone);
  }
  const ctime = /^(?<m>\p{L}+) (?<d>\d{1,2}) (?<clock>\d\d:\d\d(?::\d\d)?) (?<zone>.*?) ?(?<y>\d{4})$/u.exec(
    text,
  )?.groups;
  const month = ctime && months.get(plainWord(ctime.m!))?.number;
  if (!ctime || !month) return Number.NaN;
  return dated_(+ctime.y!, month, +ctime.d!, `${ctime.clock} ${ctime.zone}`, zone);
}

export { day };
