import { EndcapError } from '../core/index.js';
import type { Bins, Numbers } from './bins.js';
import type { Loss } from './losses.js';

export type { Numbers };

/** What trees learn from, by column: `columns[f][row]`, NaN where a value is missing. */
export interface TreeData {
  /** A name a column. */
  names: readonly string[];
  columns: readonly Numbers[];
  /** What to predict, a number a row: 0 or 1 for `logistic`, at least 0 for `tweedie`. */
  target: Numbers;
  /** How much each row counts; 1 where absent. */
  weight?: Numbers;
  /**
   * A margin that each row has before any tree (0 where absent), and what the trees' sum is multiplied by (1 where absent):
   * the trees then learn how strongly `factor` acts on whom (varying coefficients, Hastie & Tibshirani 1993). The model
   * answers with the trees' sum alone: read it by `margin`.
   */
  offset?: Numbers;
  factor?: Numbers;
  /** The columns by `binColumns`, where several models are fitted on the same rows; without categories alone. */
  bins?: Bins;
  /** Names of columns whose numbers are codes of categories, without order. */
  categories?: readonly string[];
}

/** Throws `invalid_training_data` naming the column and row at fault. */
export function checkData(data: TreeData, loss: Loss): void {
  const { names, columns, target, weight, categories = [] } = data;
  const fail = (field: string, message: string, row?: number): never => {
    throw new EndcapError(
      'invalid_training_data',
      `${field}${row === undefined ? '' : `, row ${row}`}: ${message}`,
      {
        errors: [{ field, message, ...(row === undefined ? {} : { row }) }],
      },
    );
  };
  if (target.length === 0) fail('target', 'there is no row to learn from');
  if (names.length !== columns.length)
    fail('names', `${names.length} names for ${columns.length} columns; give one each`);
  if (new Set(names).size !== names.length) fail('names', 'two columns have the same name');
  columns.forEach((column, at) => {
    if (column.length !== target.length)
      fail(names[at]!, `has ${column.length} rows, the target has ${target.length}`);
  });
  for (const name of categories)
    if (!names.includes(name)) fail('categories', `there is no column '${name}'`);
  if (data.bins && (categories.length > 0 || data.bins.rows !== target.length))
    fail('bins', 'are those of other rows, or go with categories; leave them out');
  target.forEach((value: number, row: number) => {
    if (!Number.isFinite(value)) fail('target', 'is not a finite number', row);
    if (loss.name === 'logistic' && (value < 0 || value > 1)) fail('target', 'must be from 0 to 1', row);
    if (loss.name === 'tweedie' && value < 0) fail('target', 'must not be negative', row);
  });
  for (const field of ['offset', 'factor'] as const) {
    data[field]?.forEach((value: number, row: number) => {
      if (!Number.isFinite(value)) fail(field, 'is not a finite number', row);
    });
    if (data[field] && data[field].length !== target.length)
      fail(field, `has ${data[field].length} rows, the target has ${target.length}`);
  }
  if (!weight) return;
  if (weight.length !== target.length)
    fail('weight', `has ${weight.length} rows, the target ${target.length}`);
  let total = 0;
  weight.forEach((value: number, row: number) => {
    if (!(value >= 0 && Number.isFinite(value))) fail('weight', 'must be a finite number of at least 0', row);
    total += value;
  });
  if (total === 0) fail('weight', 'every row weighs 0');
}
