import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EndcapError } from '../core/index.js';

/** What a server writes into a folder that it has open. */
interface ServerAddress {
  url?: string;
  pid?: number;
  /** It asks for no keys until its next start. */
  keyless?: boolean;
}

const fileIn = (dir: string): string => join(dir, 'server.json');

/** So that other commands find the server while it has the folder open. */
export function writeAddress(dir: string, url: string, keyless = false): void {
  const address: ServerAddress = { url, pid: process.pid, ...(keyless && { keyless }) };
  writeFileSync(fileIn(dir), `${JSON.stringify(address)}\n`);
}

/** What the last server of a folder wrote down; nothing where there is none or it cannot be read. */
export function addressIn(dir: string): ServerAddress {
  try {
    return (JSON.parse(readFileSync(fileIn(dir), 'utf8')) ?? {}) as ServerAddress;
  } catch {
    return {};
  }
}

/** Where the server is that has a folder open, by the error of opening it; undefined where that is another, or nothing was written down. */
export function holderOf(dir: string, error: unknown): string | undefined {
  return error instanceof EndcapError && error.code === 'store_locked' ? addressIn(dir).url : undefined;
}
