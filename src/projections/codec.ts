import { Packr } from 'msgpackr';
import { EndcapError } from '../core/index.js';
import { packAlone, unpackAlone } from '../storage/index.js';

const packr = new Packr({ useRecords: false });

/** Where a checkpoint keeps what, besides the projections, each of which has a namespace of its name. */
export const namespaces = { shoppers: 'shoppers', meta: 'meta' } as const;

export const pack = (value: unknown): Uint8Array => packAlone(packr, value);

/** What `pack` was given; `store_corrupt` where the bytes are not its. `what` names the record. */
export function unpack(bytes: Uint8Array, what: string): unknown {
  try {
    return unpackAlone(packr, bytes);
  } catch (cause) {
    throw corruptState(`${what} cannot be read`, cause);
  }
}

export function corruptState(what: string, cause?: unknown): EndcapError {
  return new EndcapError('store_corrupt', `The derived state is not to be trusted: ${what}`, {
    remedy: 'Run `endcap replay`: it is rebuilt from the log',
    cause,
  });
}

/** The log is not whole: the state knows more than it. */
export function eventsMissing(head: number, known: number): EndcapError {
  const message = `The log is not whole: it ends at event ${head}, and the state was made from ${known}`;
  const remedy =
    'Restore the folder log/ from a backup; if what is missing is lost for good, run `endcap replay --accept-loss`';
  return new EndcapError('store_corrupt', message, { remedy });
}
