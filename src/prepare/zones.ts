import { EndcapError } from '../core/index.js';

const formats = new Map<string, Intl.DateTimeFormat>();
const known = new Map<string, number>();

/** How far a zone is ahead of UTC at a local time, ms; summer time is that of the hour. */
export function offsetOf(local: number, zone: string): number {
  const hour = Math.floor(local / 3_600_000) * 3_600_000;
  const key = `${zone} ${hour}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  // The offset at the moment it would be in UTC, then at the moment that gives.
  const offset = offsetAt(hour - offsetAt(hour, zone), zone);
  if (known.size > 200_000) known.clear();
  known.set(key, offset);
  return offset;
}

function offsetAt(utc: number, zone: string): number {
  const parts = formatOf(zone).formatToParts(utc);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)!.value);
  return (
    Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - utc
  );
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format) return format;
  format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(zone, format);
  return format;
}

/** Zones by the names that tills write (those of Rails and of CLDR). */
const zonesByName: Record<string, string> = {
  hawaii: 'Pacific/Honolulu',
  alaska: 'America/Anchorage',
  'pacific time (us & canada)': 'America/Los_Angeles',
  'mountain time (us & canada)': 'America/Denver',
  arizona: 'America/Phoenix',
  'central time (us & canada)': 'America/Chicago',
  saskatchewan: 'America/Regina',
  'eastern time (us & canada)': 'America/New_York',
  'indiana (east)': 'America/Indiana/Indianapolis',
  'atlantic time (canada)': 'America/Halifax',
  newfoundland: 'America/St_Johns',
  'puerto rico': 'America/Puerto_Rico',
  london: 'Europe/London',
  edinburgh: 'Europe/London',
  dublin: 'Europe/Dublin',
  lisbon: 'Europe/Lisbon',
  paris: 'Europe/Paris',
  madrid: 'Europe/Madrid',
  berlin: 'Europe/Berlin',
  rome: 'Europe/Rome',
  amsterdam: 'Europe/Amsterdam',
  brussels: 'Europe/Brussels',
  vienna: 'Europe/Vienna',
  bern: 'Europe/Zurich',
  warsaw: 'Europe/Warsaw',
  beijing: 'Asia/Shanghai',
  'hong kong': 'Asia/Hong_Kong',
  taipei: 'Asia/Taipei',
  singapore: 'Asia/Singapore',
  tokyo: 'Asia/Tokyo',
  osaka: 'Asia/Tokyo',
  sapporo: 'Asia/Tokyo',
  seoul: 'Asia/Seoul',
  perth: 'Australia/Perth',
  adelaide: 'Australia/Adelaide',
  darwin: 'Australia/Darwin',
  brisbane: 'Australia/Brisbane',
  sydney: 'Australia/Sydney',
  melbourne: 'Australia/Melbourne',
  canberra: 'Australia/Sydney',
  hobart: 'Australia/Hobart',
  'eastern time': 'America/New_York',
  'central time': 'America/Chicago',
  'mountain time': 'America/Denver',
  'pacific time': 'America/Los_Angeles',
  'greenwich mean time': 'UTC',
  'british time': 'Europe/London',
  'western european time': 'Europe/Lisbon',
  'central european time': 'Europe/Berlin',
  'eastern european time': 'Europe/Helsinki',
  'china standard time': 'Asia/Shanghai',
  'japan standard time': 'Asia/Tokyo',
  auckland: 'Pacific/Auckland',
  wellington: 'Pacific/Auckland',
};

/** The IANA zone of a name: its own, or one that tills write, such as `Eastern Time (US & Canada)`. */
export function zoneOf(name: string): string | undefined {
  const known = zonesByName[name.trim().toLowerCase()];
  return known ?? (isZone(name.trim()) ? name.trim() : undefined);
}

export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

export function requireZone(zone: string): void {
  if (!isZone(zone)) {
    throw new EndcapError('invalid_mapping', `There is no time zone "${zone}"`, {
      errors: [{ field: 'zone', message: 'is not known' }],
      remedy: 'Write it as IANA does: UTC, Europe/Berlin, Asia/Shanghai',
    });
  }
}
