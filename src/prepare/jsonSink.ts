/** Who takes the records of a JSON file or a feed. */
export interface JsonSink {
  record(record: object, origin: { row: number; corrected?: boolean; confirmed?: boolean }): void;
  malformed(row: number, line: string, problem: string): void;
  pause?(): Promise<void>;
}
