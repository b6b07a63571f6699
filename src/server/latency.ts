/** Upper bounds of the buckets, seconds. */
const bounds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5];

interface Series {
  /** As Prometheus writes them. */
  labels: string;
  /** Answers by bucket, and at the end those slower than all. */
  counts: Float64Array;
  sum: number;
}

/**
 * How long answers take, by method, route and status: a histogram for Prometheus. It is counted at every request, where
 * the library's, which makes a text of the labels and of the bound each time, costs as much as reading the body.
 */
export class Latency {
  readonly #series = new Map<string, Series>();

  constructor(
    private readonly name: string,
    private readonly help: string,
  ) {}

  observe(method: string, route: string, status: number, seconds: number): void {
    const labels = `method="${method}",route="${route}",status="${status}"`;
    const series = this.#series.get(labels) ?? this.#begin(labels);
    let bucket = 0;
    while (bucket < bounds.length && seconds > bounds[bucket]!) bucket++;
    series.counts[bucket]!++;
    series.sum += seconds;
  }

  /** In the text format of Prometheus; no labels of ours have anything to escape. */
  text(): string {
    const { name } = this;
    const lines = [`# HELP ${name} ${this.help}`, `# TYPE ${name} histogram`];
    for (const { labels, counts, sum } of this.#series.values()) {
      let count = 0;
      for (const [bucket, more] of counts.entries()) {
        count += more;
        lines.push(`${name}_bucket{le="${bounds[bucket] ?? '+Inf'}",${labels}} ${count}`);
      }
      lines.push(`${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${count}`);
    }
    return `${lines.join('\n')}\n`;
  }

  #begin(labels: string): Series {
    const series = { labels, counts: new Float64Array(bounds.length + 1), sum: 0 };
    this.#series.set(labels, series);
    return series;
  }
}
