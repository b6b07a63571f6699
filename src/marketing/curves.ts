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

const [top, tall] = [8, 220];
const colours = ['var(--a)', 'var(--c)', 'var(--b)', 'var(--d)', 'var(--e)'];

/**
 * Curves over a common scale as SVG: no script. Places are per cent and only the curves are stretched, so that the text
 * keeps its size however narrow the window is.
 */
export function curveChart(chart: { title: string; x: string; y: string; curves: readonly Curve[] }): string {
  const { title, curves } = chart;
  const all = curves.flatMap(({ points }) => points);
  if (all.length === 0) return '';
  const x = scaleLinear(extent(all.map(([one]) => one)), [0, 100]);
  const y = scaleLinear(extent([0, ...all.map(([, one]) => one)]), [100, 0]).nice(5);
  const [yTicks, xTicks] = [y.ticks(5), x.ticks(5)];
  const grid = yTicks.map((tick) => {
    const at = top + (tall * y(tick)) / 100;
    return `<line class="grid" x1="0" x2="100%" y1="${at.toFixed(1)}" y2="${at.toFixed(1)}"/><text class="end tick" x="-8" y="${(at + 4).toFixed(1)}">${y.tickFormat(5)(tick)}</text>`;
  });
  const below = top + tall + 18;
  const ticks = xTicks.map(
    (tick) =>
      `<text class="middle tick" x="${x(tick).toFixed(1)}%" y="${below}">${x.tickFormat(5)(tick)}</text>`,
  );
  const lines = curves.map((curve, at) => pathsOf(curve, colours[at % colours.length]!, x, y));
  const stretched = `<svg y="${top}" width="100%" height="${tall}" viewBox="0 0 100 100" preserveAspectRatio="none" overflow="visible">${lines.join('')}</svg>`;
  const key = curves.map(
    ({ label }, at) =>
      `<span><i style="background:${colours[at % colours.length]}"></i>${escapeHtml(label)}</span>`,
  );
  const said = curves.map(
    ({ label, points }) => `${label} ends at ${points[points.length - 1]?.[1].toPrecision(3) ?? 0}`,
  );
  const name = `<text class="middle" x="50%" y="${below + 22}">${escapeHtml(chart.x)}</text>`;
  return `<figure><figcaption>${escapeHtml(title)} (${escapeHtml(chart.y)})</figcaption><p class="key">${key.join(' ')}</p><svg class="scale" role="img" aria-label="${escapeHtml(`${title}: ${said.join(', ')}`)}" width="100%" height="${below + 30}">${grid.join('')}${stretched}${ticks.join('')}${name}</svg></figure>`;
}

type Scale = (value: number) => number;

function pathsOf({ points, filled, dashed }: Curve, colour: string, x: Scale, y: Scale): string {
  const path = line<readonly [number, number]>(
    ([a]) => x(a),
    ([, b]) => y(b),
  );
  const below = area<readonly [number, number]>(
    ([a]) => x(a),
    y(0),
    ([, b]) => y(b),
  );
  const fill = filled ? `<path fill="${colour}" fill-opacity=".12" d="${below([...points]) ?? ''}"/>` : '';
  const dash = dashed ? ' stroke-dasharray="5 4"' : '';
  return `${fill}<path class="line" stroke="${colour}"${dash} d="${path([...points]) ?? ''}"/>`;
}

function extent(values: readonly number[]): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}
