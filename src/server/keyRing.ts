import { readFile, stat } from 'node:fs/promises';
import { parseKeys, readKeys } from './keyFile.js';
import { isLive, type Key, sha256 } from './keys.js';

/** How often the file is looked at, ms: a revoked key is refused after this at the latest. */
const lookEveryMs = 400;

/** The keys that a running server knows: the file's, read again when it changes. */
export class KeyRing {
  #byHash = new Map<string, Key>();
  #signing: Key[] = [];
  #stamp = '';
  readonly #timer: NodeJS.Timeout;

  constructor(
    readonly path: string,
    private readonly warn: (error: unknown) => void,
  ) {
    this.#take(readKeys(path));
    this.#timer = setInterval(() => void this.refresh(), lookEveryMs).unref();
  }

  /** The live key of that text. Only its hash is looked up, so how long it takes says nothing of how near a guess is. */
  find(text: string, now: number): Key | undefined {
    const key = this.#byHash.get(sha256(text));
    return key && isLive(key, now) ? key : undefined;
  }

  /** Secrets that tokens may be signed with. */
  secrets(now: number): string[] {
    return this.#signing.filter((key) => isLive(key, now)).map(({ secret }) => secret!);
  }

  /** Origins that some live public key names. */
  allowsOrigin(origin: string, now: number): boolean {
    for (const key of this.#byHash.values())
      if (key.origins?.includes(origin) && isLive(key, now)) return true;
    return false;
  }

  /** Reads the file again if it is another; one that cannot be read leaves the keys as they were. */
  async refresh(): Promise<void> {
    try {
      const { mtimeMs, size, ino } = await stat(this.path);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (stamp === this.#stamp) return;
      const keys = parseKeys(await readFile(this.path, 'utf8'));
      this.#stamp = stamp;
      this.#take(keys);
    } catch (error) {
      this.warn(error);
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #take(keys: readonly Key[]): void {
    this.#byHash = new Map(keys.flatMap((key) => (key.sha256 ? [[key.sha256, key]] : [])));
    this.#signing = keys.filter(({ kind }) => kind === 'signing');
  }
}
