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

const width = 640;
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

/** Horizontal bars from 0, each with its figure, and a whisker where there is an interval. */
export function barChart(chart: {
  title: string;
  bars: readonly Bar[];
  format?: (value: number) => string;
}): string {
  const { title, bars, format = short } = chart;
  const left = 190;
  const right = 110;
  const step = 30;
  const most = Math.max(...bars.map(({ value, high = value }) => Math.max(value, high)), 0) || 1;
  const x = (value: number): number => left + ((width - left - right) * Math.max(0, value)) / most;
  const rows = bars.map(({ label, value, low, high }, at) => {
    const y = at * step;
    const whisker =
      low === undefined || high === undefined
        ? ''
        : `<path class="whisker" d="M${fixed(x(low))} ${y + 14}H${fixed(x(high))}M${fixed(x(low))} ${y + 9}v10M${fixed(x(high))} ${y + 9}v10"/>`;
    const end = fixed(Math.max(x(value), x(high ?? 0)) + 6);
    return `<text class="end" x="${left - 8}" y="${y + 18}">${escapeHtml(label)}</text><rect x="${left}" y="${y + 5}" width="${fixed(x(value) - left)}" height="18" rx="2" fill="${colours[0]}"/>${whisker}<text x="${end}" y="${y + 18}">${escapeHtml(format(value))}</text>`;
  });
  return figure(title, bars.length * step + 4, rows.join(''));
}

/** Lines over a common scale, with a legend. */
export function lineChart(chart: { title: string; series: readonly Series[]; x: string; y: string }): string {
  const { title, series } = chart;
  const points = series.flatMap(({ points: own }) => own);
  if (points.length === 0) return '';
  const [left, top, right, bottom] = [60, 12, 12, 44];
  const height = 260;
  const [x0, x1] = range(points.map(([x]) => x));
  const [y0, y1] = range(points.map(([, y]) => y));
  const px = (x: number): string => fixed(left + ((width - left - right) * (x - x0)) / (x1 - x0));
  const py = (y: number): string => fixed(height - bottom - ((height - top - bottom) * (y - y0)) / (y1 - y0));
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const y = y0 + share * (y1 - y0);
    return `<path class="grid" d="M${left} ${py(y)}H${width - right}"/><text class="end" x="${left - 6}" y="${Number(py(y)) + 4}">${short(y)}</text>`;
  });
  const lines = series.map(
    ({ points: own }, at) =>
      `<path class="line" stroke="${colours[at % colours.length]}" d="${own.map(([x, y], i) => `${i ? 'L' : 'M'}${px(x)} ${py(y)}`).join('')}"/>`,
  );
  const axis = `<text x="${left}" y="${height - bottom + 18}">${short(x0)}</text><text class="end" x="${width - right}" y="${height - bottom + 18}">${short(x1)}</text><text class="middle" x="${(left + width - right) / 2}" y="${height - bottom + 18}">${escapeHtml(chart.x)}</text>`;
  const body = `${grid.join('')}${lines.join('')}${axis}${legend(
    series.map(({ label }) => label),
    left,
    height - 8,
  )}`;
  return figure(`${title} (${chart.y})`, height, body);
}

/** Two counts per interval beside each other: `edges` has one entry more than the counts. */
export function histogram(chart: {
  title: string;
  edges: readonly number[];
  before: readonly number[];
  after: readonly number[];
}): string {
  const labels = chart.before.map((_, at) => short(chart.edges[at]!));
  return columns({ ...chart, labels });
}

/** Before and after, a pair of columns per label. Heights are square roots, so that rare values stay visible. */
export function columns(chart: {
  title: string;
  labels: readonly string[];
  before: readonly number[];
  after: readonly number[];
}): string {
  const { title, labels, before, after } = chart;
  const height = 230;
  const [left, bottom] = [10, 58];
  const most = Math.sqrt(Math.max(1, ...before, ...after));
  const step = (width - 2 * left) / Math.max(1, labels.length);
  const tall = (count: number): number => ((height - bottom - 10) * Math.sqrt(count)) / most;
  const one = (count: number, x: number, colour: string): string =>
    `<rect x="${fixed(x)}" y="${fixed(height - bottom - tall(count))}" width="${fixed(step * 0.4)}" height="${fixed(tall(count))}" fill="${colour}"><title>${count.toLocaleString('en')}</title></rect>`;
  const every = Math.ceil(labels.length / 12);
  const bars = labels.map((label, at) => {
    const x = left + at * step;
    const text =
      at % every === 0
        ? `<text class="middle" x="${fixed(x + step * 0.45)}" y="${height - bottom + 16}">${escapeHtml(label)}</text>`
        : '';
    return (
      one(before[at]!, x + step * 0.05, colours[1]!) + one(after[at]!, x + step * 0.47, colours[0]!) + text
    );
  });
  const note = `<path class="grid" d="M${left} ${height - bottom}H${width - left}"/>`;
  const key = legend(['after', 'before'], left, height - 10);
  return figure(`${title}, before and after`, height, bars.join('') + note + key);
}

function legend(labels: readonly string[], left: number, y: number): string {
  let x = left;
  return labels
    .map((label, at) => {
      const from = x;
      x += 28 + 8 * label.length;
      return `<rect x="${from}" y="${y - 10}" width="12" height="12" fill="${colours[at % colours.length]}"/><text x="${from + 18}" y="${y}">${escapeHtml(label)}</text>`;
    })
    .join('');
}

function figure(title: string, height: number, body: string): string {
  const name = escapeHtml(title);
  return `<figure><figcaption>${name}</figcaption><svg role="img" aria-label="${name}" viewBox="0 0 ${width} ${height}">${body}</svg></figure>`;
}

function range(values: readonly number[]): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}

const fixed = (value: number): string => value.toFixed(1);

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000 || Number.isInteger(value)) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

/** A table; the first row of cells is the head. Numbers stand to the right. */
export function htmlTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number): string =>
    `<td${typeof value === 'number' || /^[-\d.,%\s[\]]+$/.test(value) ? ' class="number"' : ''}>${escapeHtml(String(value))}</td>`;
  const lines = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('');
  const names = head.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('');
  return `<div class="scroll"><table><thead><tr>${names}</tr></thead><tbody>${lines}</tbody></table></div>`;
}

const style = `:root{color-scheme:light dark;--a:#2563eb;--b:#94a3b8;--c:#d97706;--d:#059669;--e:#c026d3;--ink:#0f172a;--soft:#64748b;--paper:#fff;--line:#e2e8f0}
@media(prefers-color-scheme:dark){:root{--a:#60a5fa;--b:#64748b;--c:#fbbf24;--d:#34d399;--e:#e879f9;--ink:#e2e8f0;--soft:#94a3b8;--paper:#0f172a;--line:#334155}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;margin:2rem auto;padding:0 1rem}
figure{margin:2rem 0;overflow-x:auto}figcaption{font-weight:600;margin-bottom:.5rem}svg{width:100%;min-width:30rem;height:auto;font:13px system-ui,sans-serif}
svg text{fill:var(--ink)}.end{text-anchor:end}.middle{text-anchor:middle}.grid{stroke:var(--line)}.line{fill:none;stroke-width:2}.whisker{stroke:var(--ink);stroke-width:1.5;fill:none}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{padding:.35rem .6rem;border-bottom:1px solid var(--line);text-align:left}.number{text-align:right;font-variant-numeric:tabular-nums}p{color:var(--soft)}h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.5rem}`;

/** A whole page that needs nothing else; its policy allows its own style and nothing more. */
export function htmlPage(page: { title: string; body: string }): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(page.title)}</title><style>${style}</style></head>
<body><main><h1>${escapeHtml(page.title)}</h1>
${page.body}
</main></body></html>
`;
}
