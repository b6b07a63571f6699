import { fitTrees, type Loss, type TreeData, type TreeModel, type TreeOptions } from '../../models/index.js';
import { type DemandTable, seriesOf } from '../demand/table.js';
import { describeItem, featureCount, featureNames, type ShopGrowth, shopGrowth } from './features.js';

/** Rows to learn from: an item at an origin, with the demand of one of the periods after it. */
export interface LearningRows {
  columns: Float64Array[];
  /** Units over the item's level. */
  target: Float64Array;
  /** The item's level: errors count in units. */
  weight: Float64Array;
  growth: ShopGrowth[];
}

/**
 * One model for all items (Montero-Manso & Hyndman 2021): every item at every origin is an example, its demand divided
 * by its own level. Each example looks at one of the next `horizon` periods, in turn.
 */
export function learningRows(
  table: DemandTable,
  end: number,
  horizon: number,
  firstOrigin: number,
): LearningRows {
  const growth = Array.from({ length: end + 1 }, (_, at) =>
    at >= firstOrigin ? shopGrowth(table, at) : { growth4: 1, growth2: 1 },
  );
  const most = table.ids.length * Math.max(0, end - firstOrigin);
  const columns = featureNames.map(() => new Float64Array(most));
  const target = new Float64Array(most);
  const weight = new Float64Array(most);
  const features = new Float64Array(featureCount);
  let rows = 0;
  for (let row = 0; row < table.ids.length; row++) {
    const series = seriesOf(table, row);
    for (let origin = firstOrigin; origin < end; origin++) {
      const { scale, live } = describeItem(table, row, origin, growth[origin]!, features);
      if (!live) continue;
      // The horizons take turns; near the end only those whose demand is known.
      const ahead = (row + origin) % Math.min(horizon, end - origin);
      features[0] = ahead;
      for (let f = 0; f < featureCount; f++) columns[f]![rows] = features[f]!;
      target[rows] = series[origin + ahead]! / scale;
      weight[rows++] = scale;
    }
  }
  return {
    columns: columns.map((column) => column.subarray(0, rows)),
    target: target.subarray(0, rows),
    weight: weight.subarray(0, rows),
    growth,
  };
}

export const globalTrees: Partial<TreeOptions> = {
  trees: 150,
  learningRate: 0.06,
  leaves: 31,
  minLeafRows: 60,
  l2: 1,
  rowShare: 0.7,
  columnShare: 0.5,
  bins: 64,
};

/** Fits one loss on the rows. */
export function fitGlobal(rows: LearningRows, loss: Loss, options: Partial<TreeOptions> = {}): TreeModel {
  const data: TreeData = {
    names: featureNames,
    columns: rows.columns,
    target: rows.target,
    weight: rows.weight,
  };
  return fitTrees(data, { ...globalTrees, ...options, loss });
}

/** What a model says of the next periods of every item, [row · horizon + period], units, never below 0. */
export function predictGlobal(
  model: TreeModel,
  table: DemandTable,
  end: number,
  horizon: number,
): Float64Array {
  const growth = shopGrowth(table, end);
  const features = new Float64Array(featureCount);
  const found = new Float64Array(table.ids.length * horizon);
  for (let row = 0; row < table.ids.length; row++) {
    const { scale, live } = describeItem(table, row, end, growth, features);
    if (!live) continue;
    for (let ahead = 0; ahead < horizon; ahead++) {
      features[0] = ahead;
      found[row * horizon + ahead] = Math.max(0, model.predict(features)) * scale;
    }
  }
  return found;
}
