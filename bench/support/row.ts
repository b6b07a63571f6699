/** One figure of a benchmark, beside its reference. `bench/results/NAME.json` holds rows of these. */
export interface BenchRow {
  data: string;
  metric: string;
  value: number;
  sd?: number;
  seeds?: number;
  reference?: number | string;
  source?: string;
  /** The same by part of what was measured, in the order of time: `bench/results/NAME.html` plots it. */
  windows?: readonly number[];
}
/** Each `bench/NAME.ts` exports `run`. `smoke` is the version that CI runs: seconds, not minutes. */
export interface BenchOptions {
  smoke: boolean;
  /** Folder of the measuring data (`ENDCAP_DATA`, default `../shared/data`). */
  data: string;
}
export type BenchRun = (options: BenchOptions) => Promise<BenchRow[]>;
