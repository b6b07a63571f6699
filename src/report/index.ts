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
