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
