import { scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';
import { escapeHtml } from '../report/index.js';

export interface Curve {
  label: string;
  points: readonly (readonly [x: number, y: number])[];
  /** Fills below the line. */
  filled?: boolean;
  /** Dashed: something to compare with. */
  dashed?: boolean;
}

const [width, height, left, bottom] = [640, 260, 64, 34];
const colours = ['var(--a)', 'var(--c)', 'var(--b)', 'var(--d)', 'var(--e)'];

/** Curves over a common scale as SVG: no script, no style of its own but attributes. */
export function curveChart(chart: { title: string; x: string; y: string; curves: readonly Curve[] }): string {
  const all = chart.curves.flatMap(({ points }) => points);
  if (all.length === 0) return '';
  const x = scaleLinear(extent(all.map(([one]) => one)), [left, width - 8]);
  const y = scaleLinear(extent([0, ...all.map(([, one]) => one)]), [height - bottom, 8]).nice(5);
  const path = line<readonly [number, number]>(
    ([a]) => x(a),
    ([, b]) => y(b),
  );
  const below = area<readonly [number, number]>(
    ([a]) => x(a),
    y(0),
    ([, b]) => y(b),
  );
  const grid = y.ticks(5).map((tick) => {
    const at = y(tick).toFixed(1);
    return `<line class="grid" x1="${left}" x2="${width - 8}" y1="${at}" y2="${at}"/><text class="end tick" x="${left - 8}" y="${Number(at) + 4}">${y.tickFormat(5)(tick)}</text>`;
  });
  const ticks = x
    .ticks(6)
    .map(
      (tick) =>
        `<text class="middle tick" x="${x(tick).toFixed(1)}" y="${height - bottom + 18}">${x.tickFormat(6)(tick)}</text>`,
    );
  const lines = chart.curves.map(({ points, filled, dashed }, at) => {
    const colour = colours[at % colours.length]!;
    const fill = filled ? `<path fill="${colour}" fill-opacity=".12" d="${below([...points]) ?? ''}"/>` : '';
    const dash = dashed ? ' stroke-dasharray="5 4"' : '';
    return `${fill}<path class="line" stroke="${colour}"${dash} d="${path([...points]) ?? ''}"/>`;
  });
  const key = chart.curves
    .map(
      ({ label }, at) =>
        `<tspan fill="${colours[at % colours.length]}">■ </tspan><tspan>${escapeHtml(label)}  </tspan>`,
    )
    .join('');
  const said = chart.curves.map(
    ({ label, points }) => `${label} ends at ${points[points.length - 1]?.[1].toPrecision(3) ?? 0}`,
  );
  return `<figure><figcaption>${escapeHtml(chart.title)} (${escapeHtml(chart.y)})</figcaption><svg role="img" aria-label="${escapeHtml(`${chart.title}: ${said.join(', ')}`)}" viewBox="0 0 ${width} ${height + 22}" width="100%">${grid.join('')}${ticks.join('')}${lines.join('')}<text class="middle" x="${width / 2}" y="${height}">${escapeHtml(chart.x)}</text><text x="${left}" y="${height + 18}">${key}</text></svg></figure>`;
}

function extent(values: readonly number[]): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}
