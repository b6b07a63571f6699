import { keepLatest, slicer, within } from '../core/index.js';
import type { TextVectorizer } from './wordVectors.js';

/**
 * Texts to vectors of their meaning. Adapters: the shop's own subword vectors, a static table (`openStaticTable`),
 * a model in ONNX (`openOnnxFolder`).
 */
export interface TextEmbedder {
  /** Says which vectors these are: those of different names are not compared. */
  readonly name: string;
  readonly dimension: number;
  /** A unit vector for each text; zeros for one without a known word. */
  embed(texts: readonly string[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** How long at a time texts are embedded on this thread, ms: some hundreds of them would hold requests up. */
const embedSliceMs = 1;

/** The subword vectors that were trained on the catalogue, as an embedder. */
export function subwordEmbedder(vectorizer: TextVectorizer): TextEmbedder {
  return {
    name: 'subword',
    dimension: vectorizer.dimension,
    async embed(texts) {
      const vectors: Float32Array[] = [];
      const slice = slicer(embedSliceMs);
      for (const text of texts) {
        const pause = slice();
        if (pause) await pause;
        vectors.push(vectorizer.vector(text));
      }
      return vectors;
    },
    close: async () => {},
  };
}

/** Texts of queries whose vectors are remembered, and asked for at once. */
const remembered = 10_000;
const waitingLimit = 64;

/** Vectors of queries: remembered, and never waited for longer than a budget. */
export class QueryVectors {
  readonly #known = new Map<string, Float32Array>();
  readonly #asked = new Map<string, Promise<Float32Array | undefined>>();

  constructor(private readonly embedder: TextEmbedder) {}

  /**
   * The vector of `text`, or undefined where it does not come within `budgetMs`: it is then there for the next who
   * asks the same.
   */
  async vector(text: string, budgetMs: number): Promise<Float32Array | undefined> {
    const known = this.#known.get(text);
    if (known) return known;
    let asked = this.#asked.get(text);
    if (!asked) {
      // A slow model is not given more than it can do: what is asked then goes without.
      if (this.#asked.size >= waitingLimit) return undefined;
      asked = this.#ask(text);
      this.#asked.set(text, asked);
    }
    return within(asked, budgetMs);
  }

  async #ask(text: string): Promise<Float32Array | undefined> {
    try {
      const [vector] = await this.embedder.embed([text]);
      if (vector) this.#known.set(text, vector);
      keepLatest(this.#known, remembered);
      return vector;
    } catch {
      return undefined;
    } finally {
      this.#asked.delete(text);
    }
  }
}
