import { EndcapError, keepLatest, type Lift, type SearchResponse } from '../core/index.js';
import type { WordClause } from './clauses.js';

/** Answers whose order is remembered for the pages after the first. */
const remembered = 2_000;

/** A whole answer: its order, and what every page of it says. */
export interface RankedAnswer {
  /** Says which question it answers. */
  question: string;
  handles: Uint32Array;
  /** Place of the first of them: what there is can be more than one answer holds. */
  first: number;
  scores: Float32Array;
  clauses: readonly WordClause[];
  lifts?: ReadonlyMap<number, Lift>;
  about: Omit<SearchResponse, 'query' | 'items' | 'cursor'>;
}

/**
 * The order of an answer stays while a shopper pages through it, though their clicks change what the next search
 * says. A cursor names the answer and the place in it.
 */
export class Pages {
  readonly #answers = new Map<string, RankedAnswer>();

  keep(answer: RankedAnswer): void {
    this.#answers.set(answer.about.searchId, answer);
    keepLatest(this.#answers, remembered);
  }

  cursor(answer: RankedAnswer, at: number): string {
    return Buffer.from(JSON.stringify([answer.about.searchId, at, answer.question])).toString('base64url');
  }

  /**
   * Where a cursor leads. The answer is undefined where it is no longer remembered: it is then made anew and read on
   * from the same place. Throws `invalid_cursor` where it belongs to another question.
   */
  open(cursor: string, question: string): { at: number; answer: RankedAnswer | undefined } {
    const [searchId, at, asked] = parse(cursor);
    if (asked !== question) throw invalid('belongs to another search');
    const answer = this.#answers.get(searchId);
    // A cursor can be written by anybody: an answer goes to who asked the question, whose shopper it names.
    return { at, answer: answer?.question === question ? answer : undefined };
  }
}

function parse(cursor: string): [string, number, string] {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw invalid('cannot be read');
  }
  const [searchId, at, question] = Array.isArray(parts) ? parts : [];
  const sound =
    typeof searchId === 'string' && Number.isInteger(at) && at >= 0 && typeof question === 'string';
  if (!sound) throw invalid('cannot be read');
  return [searchId, at, question];
}

function invalid(message: string): EndcapError {
  const remedy = 'Send the cursor of the last answer with the same query and filters';
  return new EndcapError('invalid_cursor', `The cursor ${message}`, {
    remedy,
    errors: [{ field: 'cursor', message, remedy }],
  });
}
