export { type Language, languageOf, languages, said } from './language.js';
export {
  type Bar,
  barChart,
  columns,
  escapeHtml,
  histogram,
  htmlPage,
  htmlTable,
  lineChart,
  type Series,
} from './plot.js';
export { textTable } from './textTable.js';
