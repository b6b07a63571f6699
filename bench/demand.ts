import {
  type DemandTable,
  fitGlobal,
  fitMean,
  learningRows,
  levels,
  predictGlobal,
  seriesOf,
  ses,
  winsorise,
} from '../src/inventory/index.js';
import { carparts } from './support/carparts.js';
import { type Demanded, demandError, pinballError } from './support/demandErrors.js';
import { orangeJuice } from './support/orangeJuice.js';
import { retailDemand } from './support/retailDemand.js';
import type { BenchOptions, BenchRow } from './support/row.js';

const horizon = 4;

/**
 * Demand forecasts on three sets. `ENDCAP_BENCH=retail`, `juice` or `carparts` runs one. All choices (trees, leaves,
 * losses, the cap of the mean) were made on weeks 28 to 39 of Online Retail; weeks 40 to 51 are measured.
 */
export async function run({ smoke, data }: BenchOptions): Promise<BenchRow[]> {
  const part = process.env.ENDCAP_BENCH;
  const rows: BenchRow[] = [];
  if (!part || part === 'retail') rows.push(...(await retail(smoke)));
  if (!part || part === 'carparts') rows.push(...carparts(data, smoke));
  if (!part || part === 'juice') rows.push(...orangeJuice(data, smoke));
  return rows;
}

async function retail(smoke: boolean): Promise<BenchRow[]> {
  const table = await retailDemand(40);
  const origins = smoke ? [40] : [40, 44, 48];
  const data = `online-retail, ${table.ids.length} SKUs, origins ${origins.join(', ')}`;
  const rows: BenchRow[] = [];
  const say = (metric: string, value: number, reference?: number | string): void => {
    rows.push({ data, metric, value, ...(reference === undefined ? {} : { reference, source: 'issue 19' }) });
  };
  const level = (
    name: string,
    of: (series: Float64Array, origin: number) => number,
    refs: [number, number],
  ): void => {
    const error = demandError(table, origins, horizon, (origin) =>
      perItem(table, (row) => of(seriesOf(table, row), origin)),
    );
    say(`${name}: WAPE by week`, error.wape, refs[0]);
    say(`${name}: WAPE of 4 weeks`, error.totalWape, refs[1]);
    say(`${name}: bias`, error.bias);
  };
  level('last week', (series, origin) => series[origin - 1]!, [0.788, 0.671]);
  level('SES(.2)', (series, origin) => ses(0.2)(series, origin), [0.657, 0.5]);
  level('SES(.3) winsorised', (series, origin) => ses(0.3)(winsorise(series, origin), origin), [0.64, 0.484]);
  if (smoke) return rows;
  const started = process.cpuUsage().user;
  const quantiles = new Map<number, Float64Array>();
  const means = new Map<number, Float64Array>();
  for (const origin of origins) {
    const learned = learningRows(table, origin, { horizon, maxRows: 110_000 });
    const heads = levels.map((share) => fitGlobal(learned, 'period', { name: 'quantile', level: share }));
    quantiles.set(origin, predictGlobal(heads, table, origin, horizon));
    means.set(origin, spreadTotals(predictGlobal([fitMean(learned)], table, origin, horizon)));
  }
  const middle = levels.indexOf(0.5);
  const median: Demanded = (origin) =>
    quantiles.get(origin)!.filter((_, at) => at % levels.length === middle);
  const byWeek = demandError(table, origins, horizon, median);
  const mean = demandError(table, origins, horizon, (origin) => means.get(origin)!);
  const { loss, covered } = pinballError(table, origins, horizon, (origin) => quantiles.get(origin)!);
  say('trees, median: WAPE by week', byWeek.wape, 'reach .635, go for .62');
  say('trees, mean: WAPE of 4 weeks', mean.totalWape, 'reach .50, go for .475');
  say('trees, mean: bias', mean.bias, 'reach ±.10');
  say('trees: 2 × pinball', loss, 'reach .49, go for .475');
  levels.forEach((share, at) => {
    say(
      `trees: share of weeks at or below the ${share} quantile`,
      covered[at]!,
      share === 0.9 ? 'reach .86–.94' : share,
    );
  });
  say('trees: processor time, s', (process.cpuUsage().user - started) / 1e6);
  return rows;
}

function perItem(table: DemandTable, of: (row: number) => number): Float64Array {
  return Float64Array.from({ length: table.ids.length * horizon }, (_, at) => of(Math.floor(at / horizon)));
}

/** The mean of all four weeks in each of them. */
function spreadTotals(means: Float64Array): Float64Array {
  return means.map((_, at) => means[at - (at % horizon) + horizon - 1]!);
}
