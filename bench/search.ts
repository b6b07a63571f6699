import { openOnnxFolder } from '../src/text/index.js';
import { amazonRows, amazonValidationRows } from './search/amazon.js';
import { beautyRows } from './search/beauty.js';
import { chineseRows } from './search/chinese.js';
import { kappaRows } from './search/kappa.js';
import { knownItemRows } from './search/knownItem.js';
import { relevanceRows } from './search/relevance.js';
import { servedRows } from './search/served.js';
import { asked } from './support/asked.js';
import type { BenchOptions, BenchRow } from './support/row.js';

/**
 * Search beside its references: relevance, finding again, Chinese, taste, speed. `ENDCAP_BENCH=relevance`, `kappa`, `known`,
 * `served` (200 requests a second over HTTP), `chinese`, `beauty`, `validation` (Amazon) or `amazon` runs a part. `ENDCAP_ONNX` is a folder with `model.onnx` and `tokenizer.json`, for
 * the rows of a sentence model.
 */
export async function run({ smoke, data }: BenchOptions): Promise<BenchRow[]> {
  const { names } = asked();
  const wanted = (name: string): boolean => names.length === 0 || names.includes(name);
  const rows: BenchRow[] = [];
  if (wanted('relevance')) {
    const folder = process.env.ENDCAP_ONNX;
    const onnx = folder === undefined ? undefined : await openOnnxFolder(folder);
    rows.push(...(await relevanceRows(data, smoke, onnx)));
    await onnx?.close();
  }
  if (wanted('kappa')) rows.push(...(await kappaRows(data, smoke)));
  if (wanted('known')) rows.push(...(await knownItemRows(data, smoke)));
  if (wanted('served')) rows.push(...(await servedRows(data, smoke)));
  if (wanted('chinese')) rows.push(...(await chineseRows(data, smoke)));
  if (wanted('beauty')) rows.push(...(await beautyRows(data, smoke)));
  if (wanted('validation')) rows.push(...(await amazonValidationRows(data, smoke)));
  if (wanted('amazon')) rows.push(...(await amazonRows(data, smoke)));
  return rows;
}
