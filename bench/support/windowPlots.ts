import { htmlPage, lineChart } from '../../src/report/index.js';
import type { BenchRow } from './row.js';

/** Lines in one plot: there are as many colours. */
const most = 5;

/** Rows that were measured by part as a page of plots, one or more a data set; undefined where there are none. */
export function windowPlots(name: string, rows: readonly BenchRow[]): string | undefined {
  const plotted = rows.filter(({ windows }) => windows);
  if (plotted.length === 0) return undefined;
  const charts = [...new Set(plotted.map(({ data }) => data))].flatMap((data) => {
    const own = plotted.filter((row) => row.data === data);
    return Array.from({ length: Math.ceil(own.length / most) }, (_, at) =>
      lineChart({
        title: data,
        x: 'part of what was measured',
        y: 'R@20',
        series: own.slice(at * most, (at + 1) * most).map(({ metric, windows }) => ({
          label: metric.replace(/, R@20$/, ''),
          points: windows!.map((value, part) => [part + 1, value] as const),
        })),
      }),
    );
  });
  return htmlPage({ title: `bench/${name}, over time`, body: charts.join('\n') });
}
