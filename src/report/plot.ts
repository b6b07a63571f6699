import { type Language, said } from './language.js';

/** Plots as SVG text and the page around them: no script, readable in the dark, by a screen reader and on a phone. */

export interface Bar {
  label: string;
  value: number;
  /** Ends of an interval drawn as a whisker. */
  low?: number;
  high?: number;
}

export interface Series {
  label: string;
  points: readonly (readonly [x: number, y: number])[];
}

const colours = ['var(--a)', 'var(--b)', 'var(--c)', 'var(--d)', 'var(--e)'];

export function escapeHtml(text: string): string {
  const named: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (sign) => named[sign]!);
}

/**
 * Horizontal bars from 0, each under its name and its figure, with a whisker where there is an interval. Widths are
 * per cent in every plot, so that the text keeps its size however narrow the window is.
 */
export function barChart(chart: {
  title: string;
  bars: readonly Bar[];
  format?: (value: number) => string;
}): string {
  const { title, bars, format = short } = chart;
  const step = 44;
  const most = Math.max(...bars.map(({ value, high = value }) => Math.max(value, high)), 0) || 1;
  const x = (value: number): string => percent(Math.max(0, value) / most);
  const line = (from: string, to: string, top: number, bottom: number): string =>
    `<line class="whisker" x1="${from}" x2="${to}" y1="${top}" y2="${bottom}"/>`;
  const rows = bars.map(({ label, value, low, high }, at) => {
    const y = at * step;
    const middle = y + 29;
    const whisker =
      low === undefined || high === undefined
        ? ''
        : line(x(low), x(high), middle, middle) +
          [low, high].map((end) => line(x(end), x(end), middle - 6, middle + 6)).join('');
    return `<text y="${y + 16}">${escapeHtml(label)}</text><text class="end" x="100%" y="${y + 16}">${escapeHtml(format(value))}</text><rect y="${y + 22}" width="${x(value)}" height="14" rx="2" fill="${colours[0]}"/>${whisker}`;
  });
  const said = bars.map(({ label, value }) => `${label} ${format(value)}`).join(', ');
  return figure({ title, said, height: bars.length * step, body: rows.join('') });
}

/** Lines over a common scale, with a legend. */
export function lineChart(chart: { title: string; series: readonly Series[]; x: string; y: string }): string {
  const { series } = chart;
  const points = series.flatMap(({ points: own }) => own);
  if (points.length === 0) return '';
  const [top, tall] = [8, 200];
  const [x0, x1] = range(points.map(([x]) => x));
  const [y0, y1] = range(points.map(([, y]) => y));
  const px = (x: number): string => fixed((100 * (x - x0)) / (x1 - x0));
  const py = (y: number): string => fixed(100 - (100 * (y - y0)) / (y1 - y0));
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const y = top + tall * (1 - share);
    return `<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/><text class="end tick" x="-8" y="${y + 4}">${short(y0 + share * (y1 - y0))}</text>`;
  });
  const lines = series.map(
    ({ points: own }, at) =>
      `<path class="line" stroke="${colours[at % colours.length]}" d="${own.map(([x, y], i) => `${i ? 'L' : 'M'}${px(x)} ${py(y)}`).join('')}"/>`,
  );
  const below = top + tall + 18;
  const axis = `<text y="${below}">${short(x0)}</text><text class="middle" x="50%" y="${below}">${escapeHtml(chart.x)}</text><text class="end" x="100%" y="${below}">${short(x1)}</text>`;
  const stretched = `<svg y="${top}" width="100%" height="${tall}" viewBox="0 0 100 100" preserveAspectRatio="none" overflow="visible">${lines.join('')}</svg>`;
  return figure({
    title: `${chart.title} (${chart.y})`,
    said: series
      .map(({ label, points: own }) => `${label} ends at ${short(own.at(-1)?.[1] ?? 0)}`)
      .join(', '),
    key: series.map(({ label }, at) => [label, colours[at % colours.length]!]),
    scale: true,
    height: below + 6,
    body: grid.join('') + stretched + axis,
  });
}

/** What a pair of columns says in the language of its page; `{}` is where the title or two ends go. */
export interface PairWords {
  title: string;
  spoken: string;
  before: string;
  after: string;
  scale: string;
  figures: string;
  span: string;
}

/** Two counts per interval beside each other: `edges` has one entry more than the counts. Empty ends are cut off. */
export function histogram(chart: {
  title: string;
  edges: readonly number[];
  before: readonly number[];
  after: readonly number[];
  words: PairWords;
}): string {
  const { title, edges, before, after, words } = chart;
  const filled = before.map((count, at) => count + after[at]! > 0);
  const [from, to] = [filled.indexOf(true), filled.lastIndexOf(true) + 1];
  return columns({
    title,
    labels: edges.slice(Math.max(0, from), to).map(short),
    spans: edges
      .slice(Math.max(0, from), to)
      .map((edge, at) => said(words.span, short(edge), short(edges[from + at + 1]!))),
    before: before.slice(Math.max(0, from), to),
    after: after.slice(Math.max(0, from), to),
    words,
  });
}

/**
 * Before and after, a pair of columns per label, and the same as a table to open. Heights are square roots, so that
 * rare values stay visible. `spans` are the labels in full, for the table.
 */
export function columns(chart: {
  title: string;
  labels: readonly string[];
  spans?: readonly string[];
  before: readonly number[];
  after: readonly number[];
  words: PairWords;
}): string {
  const { title, labels, spans = labels, before, after, words } = chart;
  const tall = 180;
  const most = Math.sqrt(Math.max(1, ...before, ...after));
  const step = 1 / Math.max(1, labels.length);
  const one = (count: number, x: number, colour: string): string => {
    const height = (tall * Math.sqrt(count)) / most;
    return `<rect x="${percent(x)}" y="${fixed(tall - height)}" width="${percent(step * 0.4)}" height="${fixed(height)}" fill="${colour}"/>`;
  };
  const every = Math.ceil(labels.length / 6);
  const bars = labels.map((label, at) => {
    const x = at * step;
    const pair = one(before[at]!, x, colours[1]!) + one(after[at]!, x + step * 0.42, colours[0]!);
    if (at % every !== 0) return pair;
    const place = x > 0.8 ? 'class="end" x="100%"' : `x="${percent(x)}"`;
    return `${pair}<text ${place} y="${tall + 18}">${escapeHtml(label)}</text>`;
  });
  const base = `<line class="grid" x1="0" x2="100%" y1="${tall}" y2="${tall}"/>`;
  const plot = figure({
    title: said(words.title, title),
    said: words.spoken,
    key: [
      [words.before, colours[1]!],
      [words.after, colours[0]!],
    ],
    note: words.scale,
    height: tall + 26,
    body: bars.join('') + base,
  });
  const count = (value: number): string => value.toLocaleString('en');
  const rows = spans.map((span, at) => [span, count(before[at]!), count(after[at]!)]);
  const table = htmlTable([title, words.before, words.after], rows);
  return `${plot}<details><summary>${escapeHtml(said(words.figures, title))}</summary>${table}</details>`;
}

function figure(plot: {
  title: string;
  /** What the plot shows, for those who do not see it. */
  said: string;
  key?: readonly (readonly [label: string, colour: string])[];
  note?: string;
  /** Leaves room at the left for the figures of a scale. */
  scale?: boolean;
  height: number;
  body: string;
}): string {
  const { title, said, key = [], note, scale, height, body } = plot;
  const keys = key.map(
    ([label, colour]) => `<span><i style="background:${colour}"></i>${escapeHtml(label)}</span>`,
  );
  if (note) keys.push(`<span>${escapeHtml(note)}</span>`);
  const legend = keys.length > 0 ? `<p class="key">${keys.join(' ')}</p>` : '';
  return `<figure><figcaption>${escapeHtml(title)}</figcaption>${legend}<svg role="img" aria-label="${escapeHtml(`${title}: ${said}`)}"${scale ? ' class="scale"' : ''} width="100%" height="${height}">${body}</svg></figure>`;
}

function range(values: readonly number[]): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}

const fixed = (value: number): string => value.toFixed(1);
const percent = (share: number): string => `${(100 * share).toFixed(2)}%`;

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000 || Number.isInteger(value)) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

/** A table; the first row of cells is the head. Numbers stand to the right. */
export function htmlTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number): string =>
    `<td${isFigure(value) ? ' class="number"' : ''}>${escapeHtml(String(value))}</td>`;
  // Over figures a name stands where they do.
  const ofFigures = (at: number): boolean => {
    const filled = rows.map((row) => row[at] ?? '').filter((value) => value !== '');
    return filled.length > 0 && filled.every(isFigure);
  };
  const lines = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('');
  const names = head
    .map((name, at) => `<th scope="col"${ofFigures(at) ? ' class="number"' : ''}>${escapeHtml(name)}</th>`)
    .join('');
  return `<div class="scroll" tabindex="0"><table><thead><tr>${names}</tr></thead><tbody>${lines}</tbody></table></div>`;
}

/** A number, or an interval of two. */
const isFigure = (value: string | number): boolean =>
  typeof value === 'number' || /^[-\d.,%\s[\]…]+$/.test(value);

const style = `:root{color-scheme:light dark;--a:#2563eb;--b:#8793a6;--c:#c2680a;--d:#059669;--e:#c026d3;--ink:#0f172a;--soft:#55637a;--paper:#fff;--sunk:#f4f6fa;--line:#e2e8f0}
@media(prefers-color-scheme:dark){:root{--a:#60a5fa;--b:#6f7d93;--c:#fbbf24;--d:#34d399;--e:#e879f9;--ink:#e2e8f0;--soft:#a3b0c2;--paper:#0f172a;--sunk:#18233a;--line:#334155}}
*{box-sizing:border-box}body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.2}h2{font-size:1.2rem;margin-top:2.5rem}p,li{color:var(--soft)}p strong{color:var(--ink)}
figure{margin:2.5rem 0 1rem}figcaption{font-weight:600;margin-bottom:.4rem}.key{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:0 0 .6rem;font-size:.85rem}.key i{display:inline-block;width:.75rem;height:.75rem;margin-right:.4rem;border-radius:2px}
svg{display:block;overflow:visible;font:13px system-ui,sans-serif}svg text{fill:var(--ink)}.end{text-anchor:end}.middle{text-anchor:middle}svg.scale{padding-left:3.75rem}svg .tick{fill:var(--soft)}.grid{stroke:var(--line)}.line{fill:none;stroke-width:2;vector-effect:non-scaling-stroke}.whisker{stroke:var(--ink);stroke-width:1.5;fill:none}
figcaption small{font-weight:400;color:var(--soft)}@media(max-width:40rem){.fan svg{font-size:23px}}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem;overflow-wrap:normal}th,td{padding:.35rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}td:last-child:not(.number){min-width:12rem}th{word-break:keep-all}.number{text-align:right;font-variant-numeric:tabular-nums}td.number{white-space:nowrap}
summary{display:inline-block;padding:.6rem 0;color:var(--a);cursor:pointer}summary::before{content:"▸ "}details[open]>summary::before{content:"▾ "}:focus-visible{outline:3px solid var(--a);outline-offset:2px}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;margin:1.5rem 0}.facts div{padding:.8rem 1rem;border-radius:.6rem;background:var(--sunk)}.facts dt{color:var(--soft);font-size:.85rem}.facts dt::first-letter{text-transform:uppercase}.facts dd{margin:0;font-size:1.35rem;font-weight:650;font-variant-numeric:tabular-nums}.facts small{display:block;color:var(--soft);font-size:.85rem;font-weight:400}`;

/** A whole page that needs nothing else; its policy allows its own style and nothing more. */
export function htmlPage(page: { title: string; body: string; language?: Language }): string {
  return `<!doctype html>
<html lang="${page.language === 'zh' ? 'zh-Hans' : 'en'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(page.title)}</title><style>${style}</style></head>
<body><main><h1>${escapeHtml(page.title)}</h1>
${page.body}
</main></body></html>
`;
}
