import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { appendFile, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { EndcapError } from '../core/index.js';
import {
  isLive,
  type Key,
  type KeyRequest,
  keyKinds,
  type ListedKey,
  listed,
  makeKey,
  type Scope,
  scopes,
} from './keys.js';

/** One line of `audit.jsonl`, which stands beside the keys. Never a key, and never the id of a shopper. */
export interface AuditEntry {
  time: string;
  action: string;
  /** Name of the key that did it, or `command line`. */
  by: string;
  [detail: string]: unknown;
}

/** How long a change of the file may take before its lock counts as left behind, ms. */
const staleLockMs = 10_000;
const longestOverlapMs = 90 * 86_400_000;

/**
 * The keys of a shop in one file, changed by commands and by routes alike: under a lock, whole or not at all, with a line
 * in the audit log for each change. A running server reads it again when it changes.
 */
export class KeyFile {
  constructor(readonly path: string) {}

  async create(
    request: KeyRequest,
    by: string,
    now = Date.now(),
  ): Promise<{ key: string; entry: ListedKey }> {
    return this.#change(async (keys) => {
      if (keys.some(({ name, expires }) => name === request.name && isLive({ expires } as Key, now))) {
        throw new EndcapError('key_exists', `There is a key "${request.name}"`, {
          remedy: 'Rotate it, or choose another name',
        });
      }
      const { key, entry } = makeKey(request, now);
      keys.push(entry);
      return { result: { key, entry: listed(entry) }, audit: auditOf('key created', by, now, entry) };
    });
  }

  async list(): Promise<ListedKey[]> {
    return (await this.#read()).map(listed);
  }

  /** Makes a successor of the same name; the key before goes on for `overlapMs`. */
  async rotate(
    name: string,
    overlapMs: number,
    by: string,
    now = Date.now(),
  ): Promise<{ key: string; entry: ListedKey }> {
    if (!(overlapMs >= 0 && overlapMs <= longestOverlapMs)) {
      throw new EndcapError('invalid_request', 'The overlap is out of bounds', { remedy: '0 s to 90 days' });
    }
    return this.#change(async (keys) => {
      const before = keys.filter((key) => key.name === name && isLive(key, now));
      const newest = before.at(-1);
      if (!newest) throw unknownKey(name);
      const { sha256: _, secret: __, created: ___, expires, ...request } = newest;
      for (const key of before)
        key.expires = Math.min(key.expires ?? Number.POSITIVE_INFINITY, now + overlapMs);
      const { key, entry } = makeKey(expires === undefined ? request : { ...request, expires }, now);
      keys.push(entry);
      const audit = { ...auditOf('key rotated', by, now, entry), overlapMs };
      return { result: { key, entry: listed(entry) }, audit };
    });
  }

  /** Ends every key of that name. */
  async revoke(name: string, by: string, now = Date.now()): Promise<void> {
    await this.#change(async (keys) => {
      const gone = keys.filter((key) => key.name === name);
      if (gone.length === 0) throw unknownKey(name);
      keys.splice(0, keys.length, ...keys.filter((key) => key.name !== name));
      return { result: undefined, audit: auditOf('key revoked', by, now, gone.at(-1)!) };
    });
  }

  /** Writes a line into the audit log; on disk when resolved. */
  async audit(entry: AuditEntry): Promise<void> {
    const path = join(dirname(this.path), 'audit.jsonl');
    await appendFile(path, `${JSON.stringify(entry)}\n`, { mode: 0o600, flush: true } as never);
  }

  async #read(): Promise<Key[]> {
    const text = await readFile(this.path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '{"keys":[]}';
      throw error;
    });
    return parseKeys(text);
  }

  async #change<T>(change: (keys: Key[]) => Promise<{ result: T; audit: AuditEntry }>): Promise<T> {
    await mkdir(dirname(this.path), { recursive: true });
    const unlock = await lock(`${this.path}.lock`);
    try {
      const keys = await this.#read();
      const { result, audit } = await change(keys);
      // First the line, then the deed: no change is ever without one.
      await this.audit(audit);
      await replaceFile(this.path, `${JSON.stringify({ keys }, null, 2)}\n`);
      return result;
    } finally {
      await unlock();
    }
  }
}

/** The keys of a file at once, as a server needs them to start. */
export function readKeys(path: string): Key[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw invalidKeys('cannot be read', cause);
  }
  return parseKeys(text);
}

export function parseKeys(text: string): Key[] {
  let parsed: { keys?: Partial<Record<keyof Key, unknown>>[] };
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalidKeys('cannot be read as JSON');
  }
  if (!Array.isArray(parsed?.keys)) throw invalidKeys('has no list "keys"');
  return parsed.keys.map((entry, at) => {
    const key = soundKey(entry ?? {});
    if (!key) throw invalidKeys(`has a fault in key ${at + 1}`);
    return key;
  });
}

/** The entry as a key. One that says no kind is a public one where its scopes are those of a page. */
function soundKey(entry: Partial<Record<keyof Key, unknown>>): Key | undefined {
  const {
    name,
    sha256: hash,
    secret,
    scopes: allowed = [],
    origins,
    perMinute,
    expires,
    created = 0,
  } = entry;
  if (typeof name !== 'string' || !Array.isArray(allowed)) return undefined;
  if (!allowed.every((scope) => scopes.includes(scope))) return undefined;
  const powerful = allowed.some((scope: Scope) => scope === 'admin' || scope === 'items');
  const kind = (entry.kind ?? (powerful ? 'server' : 'public')) as Key['kind'];
  if (!keyKinds.includes(kind) || (kind === 'public' && powerful)) return undefined;
  const hashed = typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash);
  if (kind === 'signing' ? typeof secret !== 'string' || secret.length < 20 : !hashed) return undefined;
  if (![perMinute, expires].every((value) => value === undefined || Number.isFinite(value))) return undefined;
  if (origins !== undefined && !(Array.isArray(origins) && origins.every((one) => typeof one === 'string')))
    return undefined;
  return { ...entry, name, kind, scopes: allowed, created } as Key;
}

function auditOf(action: string, by: string, now: number, entry: Key): AuditEntry {
  return { time: new Date(now).toISOString(), action, by, key: listed(entry) };
}

function unknownKey(name: string): EndcapError {
  return new EndcapError('unknown_key', `There is no key "${name}"`, { remedy: 'See `endcap keys list`' });
}

function invalidKeys(what: string, cause?: unknown): EndcapError {
  return new EndcapError('invalid_keys', `The keys file ${what}`, {
    remedy: 'Make keys with `endcap keys create`, or put the file back',
    cause,
  });
}

/** One change at a time, over processes. Resolves to the unlock. */
async function lock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await (await open(path, 'wx')).close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > staleLockMs) await rm(path, { force: true });
    else await setTimeout(20);
  }
}

/** The file has the old content or the new, on disk when resolved. */
async function replaceFile(path: string, text: string): Promise<void> {
  const neighbour = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  const file = await open(neighbour, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(neighbour, path);
}
