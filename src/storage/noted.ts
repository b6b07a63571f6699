import { Packr } from 'msgpackr';
import { packAlone } from './packing.js';
import type { StateChange } from './ports.js';

/** Space of the parts of a write that is too large for one transaction, and of the mark that says how many they are. */
export const notedSpace = '.noted';
export const markKey: [string, string] = [notedSpace, ''];
export const partKey = (part: number): [string, string] => [
  notedSpace,
  `part ${String(part).padStart(6, '0')}`,
];

/** Bytes of changes in one part: what a transaction changes is in memory until its end, page by page. */
export const partBytes = 1 << 20;
/** Of less than so many parts one transaction is made, without the detour: the bytes are then written once. */
export const partsAtOnce = 4;
/** What a change takes beside its value, bytes. */
const changeBytes = 64;

const packr = new Packr({ useRecords: false });

export const sizeOf = ({ value }: StateChange): number => changeBytes + (value?.length ?? 0);

export const packPart = (changes: readonly StateChange[]): Uint8Array =>
  packAlone(
    packr,
    changes.map(({ space, key, value }) => [space, key, value ?? null]),
  );

export function unpackPart(bytes: Uint8Array): StateChange[] {
  const rows = packr.unpack(bytes) as [string, string, Uint8Array | null][];
  return rows.map(([space, key, value]) => ({ space, key, value: value ?? undefined }));
}
