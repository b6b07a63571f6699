/** Answers kept for pages that are come back to. */
const kept = 60;

/** The last answer to each question of a shopper, the longest unasked forgotten. */
export class LastAnswers<T> {
  readonly #answers = new Map<string, T>();

  of(question: string, shopper: string): T | undefined {
    return this.#answers.get(`${shopper} ${question}`);
  }

  keep(question: string, shopper: string, answer: T): void {
    const key = `${shopper} ${question}`;
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    if (this.#answers.size > kept) this.#answers.delete(this.#answers.keys().next().value!);
  }
}
