/** What became of the rows of a catalogue. rowsIn = rowsKept + rowsMerged + rowsQuarantined, always. */
export interface ItemReport {
  files: string[];
  notes: string[];
  guessed: { role: string; column: string }[];
  attributes: string[];
  rowsIn: number;
  rowsKept: number;
  rowsMerged: number;
  rowsQuarantined: number;
  reasons: { reason: string; rows: number; remedy: string }[];
  firstRejected: { file: string; row: number; reason: string; text: string }[];
  seconds: number;
}
