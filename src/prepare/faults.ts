import { EndcapError } from '../core/index.js';

export function unreadable(path: string, cause: unknown): EndcapError {
  if (cause instanceof EndcapError) return cause;
  if (isDiskFullText(cause)) return outOfRoom(cause);
  // Of a Parquet file that is none DuckDB names its own copy, in a folder that is gone by then.
  if (/No magic bytes/.test(text(cause)))
    return new EndcapError('unreadable_file', `${path} is no Parquet file, though its name says so`, {
      remedy: 'Give it the ending of what it is (.csv, .tsv, .jsonl), or export it again',
      cause,
    });
  const [said] = text(cause).split('\n');
  return new EndcapError('unreadable_file', `Cannot read ${path}: ${said}`, {
    remedy: 'Check that the file is complete and of the format its name says',
    cause,
  });
}

const text = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** What DuckDB and the system say when a temporary file does not fit. */
export const isDiskFullText = (cause: unknown): boolean =>
  /ENOSPC|No space left|max_temp_directory_size|failed to offload data block/i.test(text(cause));

export const outOfRoom = (cause: unknown): EndcapError =>
  new EndcapError('disk_full', 'The import does not fit on the disk: its temporary files need more room', {
    status: 507,
    remedy: 'Make room on the disk of the shop’s folder and import again; nothing of this step was kept',
    cause,
  });
