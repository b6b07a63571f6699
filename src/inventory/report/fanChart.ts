import { scaleLinear } from 'd3-scale';
import { area, curveMonotoneX, line } from 'd3-shape';
import { escapeHtml, said } from '../../report/index.js';
import type { Words } from './words.js';

/** One point of a fan: day (since 1970) and the quantiles of what is drawn. */
export interface FanPoint {
  day: number;
  low90: number;
  low50: number;
  median: number;
  high50: number;
  high90: number;
}

export interface FanChart {
  title: string;
  /** What the values are, with the unit. */
  unit: string;
  words: Words;
  actual: readonly { day: number; value: number }[];
  fan: readonly FanPoint[];
  /** Days to mark, such as that of the stock-out. */
  marks?: readonly { day: number; label: string }[];
  /** A level to mark, such as the reorder point. */
  level?: { value: number; label: string };
}

const size = { width: 720, height: 240, left: 72, right: 16, top: 36, bottom: 32 };
const dayMs = 86_400_000;

/** History and forecast as an SVG: bands of 50 and 90 %, median, what was, and marks. Text keeps clear of the edges. */
export function fanChart(chart: FanChart): string {
  const { actual, marks = [], level } = chart;
  const fan = fromLast(actual, chart.fan);
  const days = [
    ...actual.map(({ day }) => day),
    ...fan.map(({ day }) => day),
    ...marks.map(({ day }) => day),
  ];
  const x = scaleLinear()
    .domain([Math.min(...days), Math.max(...days)])
    .range([size.left, size.width - size.right]);
  const top = Math.max(
    1,
    level?.value ?? 0,
    ...actual.map(({ value }) => value),
    ...fan.map(({ high90 }) => high90),
  );
  const y = scaleLinear()
    .domain([0, top])
    .nice(4)
    .range([size.height - size.bottom, size.top]);
  const band = (low: keyof FanPoint, high: keyof FanPoint, opacity: number): string => {
    const shape = area<FanPoint>((point) => x(point.day))
      .y0((point) => y(Math.max(0, point[low])))
      .y1((point) => y(Math.max(0, point[high])))
      .curve(curveMonotoneX);
    return `<path d="${path(shape([...fan]))}" fill="var(--a)" fill-opacity="${opacity}"/>`;
  };
  const median = line<FanPoint>(
    (point) => x(point.day),
    (point) => y(Math.max(0, point.median)),
  ).curve(curveMonotoneX);
  const past = line<{ day: number; value: number }>(
    (point) => x(point.day),
    (point) => y(point.value),
  );
  const body = [
    ...y.ticks(4).map((value) => grid(y(value), figure(value, top))),
    band('low90', 'high90', 0.16),
    band('low50', 'high50', 0.3),
    `<path class="line" stroke="var(--a)" d="${path(median([...fan]))}"/>`,
    `<path class="line" stroke="var(--ink)" stroke-width="1.5" d="${path(past([...actual]))}"/>`,
    ...(level ? [levelMark(y(level.value), level.label)] : []),
    ...marks.map((mark, at) => dayMark(x(mark.day), at, `${mark.label} ${dateOf(mark.day)}`)),
    ...dates(x).map(([day, anchor]) => tick(x(day), anchor, dateOf(day))),
  ];
  const told = `${chart.title}: ${spoken(chart)}`;
  return `<figure class="fan"><figcaption>${escapeHtml(chart.title)} <small>${escapeHtml(chart.unit)}</small></figcaption><svg role="img" aria-label="${escapeHtml(told)}" viewBox="0 0 ${size.width} ${size.height}" width="100%">${body.join('')}</svg></figure>`;
}

/** The fan opens where history ends, so that no gap lies between them. */
function fromLast(actual: FanChart['actual'], fan: readonly FanPoint[]): readonly FanPoint[] {
  const last = actual.at(-1);
  if (!last || fan.length === 0 || last.day >= fan[0]!.day) return fan;
  const { day, value } = last;
  return [{ day, low90: value, low50: value, median: value, high50: value, high90: value }, ...fan];
}

/** What the colours mean, once a page; `mark` says what the marks are. */
export function fanKey(words: Words, mark: string): string {
  const colours = [
    ['var(--ink)', words.actual],
    ['var(--a)', words.median],
    ['var(--a);opacity:.45', words.band50],
    ['var(--a);opacity:.18', words.band90],
    ['var(--c)', mark],
  ];
  const entries = colours.map(([colour, name]) => `<span><i style="background:${colour}"></i>${name}</span>`);
  return `<p class="key">${entries.join('')}</p>`;
}

function grid(at: number, label: string): string {
  return `<line class="grid" x1="${size.left}" x2="${size.width - size.right}" y1="${fixed(at)}" y2="${fixed(at)}"/><text class="end tick" x="${size.left - 8}" y="${fixed(at + 4)}">${label}</text>`;
}

function levelMark(at: number, label: string): string {
  return `<line stroke="var(--c)" stroke-dasharray="6 4" stroke-width="1.5" x1="${size.left}" x2="${size.width - size.right}" y1="${fixed(at)}" y2="${fixed(at)}"/><text class="end" x="${size.width - size.right - 6}" y="${fixed(at < size.height / 2 ? at + 22 : at - 7)}" style="fill:var(--c)">${escapeHtml(label)}</text>`;
}

/** Labels of several marks stand below each other, on the side where there is room. */
function dayMark(at: number, row: number, label: string): string {
  const right = at < size.width * 0.6;
  const y = size.top - 24 + row * 24;
  return `<line stroke="var(--c)" stroke-width="1.5" x1="${fixed(at)}" x2="${fixed(at)}" y1="${y}" y2="${size.height - size.bottom}"/><text${right ? '' : ' class="end"'} x="${fixed(at + (right ? 6 : -6))}" y="${y + 14}" style="fill:var(--c)">${escapeHtml(label)}</text>`;
}

function tick(at: number, anchor: string, label: string): string {
  return `<text class="${anchor} tick" x="${fixed(at)}" y="${size.height - 8}">${label}</text>`;
}

function dates(x: { domain(): number[] }): [day: number, anchor: string][] {
  const [from = 0, to = 0] = x.domain();
  return [
    [from, ''],
    [Math.round((from + to) / 2), 'middle'],
    [to, 'end'],
  ];
}

function spoken({ fan, marks = [], level, words }: FanChart): string {
  const last = fan.at(-1);
  const parts = last
    ? [said(words.spoken, figure(last.median), dateOf(last.day), figure(last.low90), figure(last.high90))]
    : [];
  if (level) parts.push(level.label);
  for (const { day, label } of marks) parts.push(`${label} ${dateOf(day)}`);
  return parts.join('; ');
}

export const dateOf = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);
const fixed = (value: number): string => value.toFixed(1);
const path = (d: string | null): string => (d ?? '').replace(/(\.\d)\d+/g, '$1');

/** Beside figures of 10,000 and more, thousands are written as k. */
function figure(value: number, most = value): string {
  if (value >= 1_000 && most >= 10_000)
    return `${Number((value / 1_000).toPrecision(3)).toLocaleString('en')}k`;
  if (value >= 1_000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
