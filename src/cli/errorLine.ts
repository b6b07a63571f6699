import { EndcapError } from '../core/index.js';

/** What a system says of a file or folder, and what to do. */
const ofFiles: Record<string, readonly [message: string, remedy: string] | undefined> = {
  EROFS: ['its file system is read-only', 'Choose a folder that may be written, or mount it so'],
  EACCES: ['it is not permitted', 'Give this user the right, or choose another folder'],
  EPERM: ['it is not permitted', 'Give this user the right, or choose another folder'],
  ENOSPC: ['the disk is full', 'Make room and run it again'],
  EISDIR: ['it is a folder', 'Name a file'],
  ENOTDIR: ['a part of its path is a file', 'Check the path'],
  ENOENT: ['it is not there', 'Check the path'],
};

/** A fault of the machine that the user can mend as one of ours; any other as it is. */
export function foreseen(error: unknown): unknown {
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  const [message, remedy] = ofFiles[code ?? ''] ?? [];
  if (message === undefined || remedy === undefined || path === undefined) return error;
  return new EndcapError('unwritable', `Cannot use ${path}: ${message}`, { remedy, cause: error });
}

/** One line that says what is wrong and what to do. */
export function errorLine(error: unknown): string {
  if (!(error instanceof EndcapError)) return oneLine(error instanceof Error ? error.message : String(error));
  // What the message says already is not said again.
  const others = error.errors.filter(({ field, message }) => error.message !== `${field} ${message}`);
  const where = others.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return oneLine([error.message, where, error.remedy].filter(Boolean).join(' — '));
}

const oneLine = (text: string): string => `endcap: ${text.replaceAll('\n', ' ')}\n`;
