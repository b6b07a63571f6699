import { type DemandTable, levels, seriesOf } from '../../src/inventory/index.js';

/** A forecast at an origin: [row · horizon + ahead], or with a number for each level after each other. */
export type Demanded = (origin: number) => Float64Array;

/** Errors over demand, of single periods and of the whole horizon, and what is forecast too much. */
export function demandError(
  table: DemandTable,
  origins: readonly number[],
  horizon: number,
  forecast: Demanded,
) {
  let [error, totalError, excess, demand] = [0, 0, 0, 0];
  for (const origin of origins) {
    const found = forecast(origin);
    for (let row = 0; row < table.ids.length; row++) {
      const series = seriesOf(table, row);
      let difference = 0;
      for (let ahead = 0; ahead < horizon; ahead++) {
        const off = found[row * horizon + ahead]! - series[origin + ahead]!;
        error += Math.abs(off);
        difference += off;
        demand += series[origin + ahead]!;
      }
      totalError += Math.abs(difference);
      excess += difference;
    }
  }
  return { wape: error / demand, totalWape: totalError / demand, bias: excess / demand };
}

/** Mean of 2 × pinball over the levels, over demand; and how often demand was at or below each quantile. */
export function pinballError(
  table: DemandTable,
  origins: readonly number[],
  horizon: number,
  forecast: Demanded,
) {
  let [loss, demand, count] = [0, 0, 0];
  const below = levels.map(() => 0);
  for (const origin of origins) {
    const found = forecast(origin);
    for (let row = 0; row < table.ids.length; row++) {
      const series = seriesOf(table, row);
      for (let ahead = 0; ahead < horizon; ahead++) {
        const units = series[origin + ahead]!;
        demand += units;
        count++;
        levels.forEach((level, at) => {
          const over = units - found[(row * horizon + ahead) * levels.length + at]!;
          loss += (2 * Math.max(level * over, (level - 1) * over)) / levels.length;
          if (over <= 0) below[at]!++;
        });
      }
    }
  }
  return { loss: loss / demand, covered: below.map((n) => n / count) };
}
