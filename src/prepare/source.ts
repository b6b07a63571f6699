/** Where a row is from: its number in the file, from 1, and its place in the list of a record (none: no list). */
export interface Origin {
  row: number;
  position?: number | undefined;
  /** A row of a quarantine: set aside from an order, the rest of which may be in the log already. */
  corrected?: boolean;
  /** Somebody said that it is right although it looks odd. */
  confirmed?: boolean;
  /** Tells apart rows that are equal in the columns asked for. */
  rest: number;
}

export interface Sink {
  /** Awaited now and then between rows: whoever takes them may catch up. */
  pause?(): Promise<void>;
  row(origin: Origin, cells: readonly (string | null)[]): void;
  malformed(row: number, line: string, problem: string): void;
}

/** A file that was looked at: what columns it has, and how to read some of them. */
export interface Source {
  path: string;
  /** Name without folders, as reports show it. */
  file: string;
  columns: readonly string[];
  /** Whether columns are paths into JSON. */
  nested: boolean;
  /** False where the columns have no names. */
  header: boolean;
  /** The first rows of a file without a header. */
  sample?: readonly (readonly string[])[];
  notes: readonly string[];
  /** Throws `file_changed` where the file is another than when it was looked at. */
  unchanged(): Promise<void>;
  /** Reads all rows, each with the columns asked for. */
  read(columns: readonly string[], sink: Sink): Promise<void>;
  /** Of Parquet: SQL of what follows FROM, so that rows need not pass through JavaScript. */
  sql?: string;
}

/** As a format makes it. */
export type ReadableSource = Omit<Source, 'unchanged'>;

export interface SourceHints {
  delimiter?: string | undefined;
  encoding?: string | undefined;
  header?: boolean | string[] | undefined;
  /** Whether it is a catalogue, which may be XML. */
  catalogue?: boolean;
}
