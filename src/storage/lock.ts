import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, readlinkSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EndcapError, isRunning } from '../core/index.js';

/** How often an owner shows that it lives, and how long another waits for a sign of life, ms. */
const beatMs = 1_000;
const silenceMs = 4_000;
const lookMs = 200;

interface Holder {
  pid: number;
  /** Start of the process in clock ticks: a pid alone may have been reused. */
  started: string;
  /** Where its pid means something: the boot of the machine and the namespace of the container. */
  place: string;
  token: string;
}

/**
 * One writer a folder. The lock of a process that died is taken over: here its pid tells, and for one of another
 * container or machine, whose pids say nothing, whether the lock still shows signs of life. Two that take over at the
 * same moment, or a holder that was silent and is not dead, are told apart by the store itself (see `Ownership`).
 * Returns the release.
 */
export function lockFolder(dir: string): () => void {
  const path = join(dir, 'lock.pid');
  const mine: Holder = {
    pid: process.pid,
    started: startTime(process.pid),
    place: here(),
    token: randomUUID(),
  };
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(path, JSON.stringify(mine), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries > 2) throw error;
    }
    const holder = readHolder(path);
    if (holder && isAlive(path, holder)) throw inUse(holder);
    rmSync(path, { force: true });
  }
  held.add(mine.token);
  const beating = setInterval(() => beat(path), beatMs).unref();
  return () => {
    clearInterval(beating);
    held.delete(mine.token);
    if (readHolder(path)?.token === mine.token) rmSync(path, { force: true });
  };
}

/** Tokens of the locks this process has. */
const held = new Set<string>();

function inUse({ pid, place, token }: Holder): EndcapError {
  if (held.has(token))
    return new EndcapError('store_locked', 'The store is already open in this process', {});
  const who = place === here() ? `process ${pid}` : 'a process of another container or machine';
  return new EndcapError('store_locked', `The store is in use by ${who}`, {
    remedy: 'Stop that process, or use its HTTP API',
  });
}

function isAlive(path: string, { pid, started, place, token }: Holder): boolean {
  if (place !== here()) return showsLife(path);
  if (pid === process.pid && started === startTime(pid)) return held.has(token);
  const now = startTime(pid);
  if (now === started) return started !== '';
  // Another user's process may be hidden, and be another than the one that wrote the lock.
  return now === hidden && showsLife(path);
}

/** Whether the lock changes while one waits. The clocks of two machines are never compared. */
function showsLife(path: string): boolean {
  const before = lastBeat(path);
  for (let waited = 0; waited < silenceMs; waited += lookMs) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lookMs);
    if (lastBeat(path) !== before) return existsSync(path);
  }
  return false;
}

function lastBeat(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function beat(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Gone, or on a disk that is: the next write tells.
  }
}

/** Undefined where the file is gone. One of an earlier version says only the pid and its start. */
function readHolder(path: string): Holder | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as Holder;
  } catch {
    const [pid, started = ''] = text.split(' ');
    return { pid: Number(pid), started, place: here(), token: '' };
  }
}

function here(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

/** Said of a process that runs where the system does not tell since when. */
const hidden = 'alive';

/** Start time of a live process in clock ticks, or `hidden`; '' when it is gone. */
function startTime(pid: number): string {
  const path = `/proc/${pid}/stat`;
  if (existsSync(path)) {
    const fields = readFileSync(path, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  }
  return isRunning(pid) ? hidden : '';
}
