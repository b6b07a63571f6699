import type { Random } from '../../core/index.js';
import {
  add,
  type Batch,
  compileInference,
  type EmbeddingTable,
  type Graph,
  l2Normalize,
  linear,
  mul,
  normal,
  reshape,
  sum,
  type Tensor,
  type Weights,
} from '../../nn/index.js';
import type { Entries } from './entries.js';
import { itemTable } from './goOn.js';

/** Unit vectors of all `entries`, [entries × width]: with the id of each row, or as of items nobody has touched. */
export type Embed = (entries: Entries, touched: boolean) => Promise<Float32Array>;

const chunk = 512;

/**
 * An item as a unit vector: what its entry says (the sum of its fields and a projection of its text) plus what is known
 * of it alone, a row of the id table. In training ids are left out at random, as in Volkovs et al. 2017 (DropoutNet), so
 * that an item without one lies in the same space.
 */
export class ItemTower {
  private readonly ids: EmbeddingTable;
  private readonly fields: EmbeddingTable;

  constructor(
    private readonly weights: Weights,
    private readonly sizes: { items: number; fields: number; text: number; width: number },
    private readonly times: Float64Array,
  ) {
    const { items, fields, width } = sizes;
    this.ids = weights.table(itemTable, items, width, normal(0.02));
    this.fields = weights.table('fields', Math.max(1, fields), width, normal(0.02));
  }

  /** [items, width] */
  vectors(g: Graph): Tensor {
    const { width, text } = this.sizes;
    const summed = sum(g.rows(this.fields, 'fields', ['items', 'most']), [1]);
    const fields = mul(reshape(summed, ['items', width]), g.input('share', ['items', 1]));
    const meaning = linear(g, 'text', g.input('text', ['items', text]), width, { bias: false });
    return l2Normalize(add(g.rows(this.ids, 'ids', ['items']), add(fields, meaning)));
  }

  /** What `vectors` reads for the items `rows` of `entries`; the id of each is there with probability `known`. */
  feeds(entries: Entries, rows: Int32Array, known: number, rng?: Random): Batch {
    const { text: dimension } = this.sizes;
    const lists = Array.from(rows, (row) => entries.fields[row]!);
    const most = Math.max(1, ...lists.map(({ length }) => length));
    const fields = new Int32Array(rows.length * most).fill(-1);
    const text = new Float32Array(rows.length * dimension);
    const ids = new Int32Array(rows.length);
    lists.forEach((list, at) => {
      const row = rows[at]!;
      const own = entries.text.subarray(row * dimension, (row + 1) * dimension);
      fields.set(list, at * most);
      text.set(own, at * dimension);
      // Without its id, an item whose entry says nothing would be nothing.
      const dumb = list.length === 0 && own.every((value) => value === 0);
      const keeps = this.times[row]! > 0 && (known === 1 || (rng && (dumb || rng.float() < known)));
      ids[at] = keeps ? row : -1;
    });
    const share = Float32Array.from(lists, ({ length }) => 1 / Math.sqrt(Math.max(1, length)));
    return { feeds: { ids, fields, share, text }, sizes: { items: rows.length, most } };
  }

  /** The tower with its present weights. */
  async compile(): Promise<{ embed: Embed; release: () => Promise<void> }> {
    const { width } = this.sizes;
    const session = await compileInference(this.weights, (g) => ({ vectors: this.vectors(g) }));
    const embed: Embed = async (entries, touched) => {
      const count = entries.fields.length;
      const out = new Float32Array(count * width);
      for (let from = 0; from < count; from += chunk) {
        const rows = Int32Array.from({ length: Math.min(chunk, count - from) }, (_, at) => from + at);
        const { feeds, sizes } = this.feeds(entries, rows, touched ? 1 : 0);
        out.set((await session.run(feeds, sizes)).vectors!, from * width);
      }
      return out;
    };
    return { embed, release: session.release };
  }
}
