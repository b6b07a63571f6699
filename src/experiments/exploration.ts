import { type Event, isFromPage, keepLatest, type Random, type RecommendResponse } from '../core/index.js';
import { DailyMarks } from '../projections/index.js';
import { type Evidence, exploreSlots } from './explore.js';

/** Key of the context of an exposure: items that were tried out with their propensities, `item propensity`, by tabs. */
export const exploredKey = 'explored';
/** Items behind a list that may be tried out on it. */
export const poolSize = 20;
const mostItems = 100_000;
const mostShown = 100_000;
/** What an item is taken to have behind it before anything is known: three clicks in a hundred. */
const prior: Evidence = { shown: 100, clicked: 3 };

/** What exploration found out: a fold of exposures and of the clicks that carry their id. Bounded in items and in lists. */
export class Exploration {
  readonly #evidence = new Map<string, Evidence>();
  readonly #shown = new Map<string, Set<string>>();
  /** An item is tried on a shopper once a day, and clicked once: asking again and again makes nobody many. */
  readonly #once = new DailyMarks();

  apply(event: Event): void {
    const { type, user, attribution, context, items, time, received = time } = event;
    if (attribution === undefined || event.robot) return;
    if (type === 'impression') {
      if (typeof context?.[exploredKey] !== 'string' || isFromPage(event)) return;
      const tried = context[exploredKey].split('\t').map((pair) => pair.slice(0, pair.lastIndexOf(' ')));
      this.#shown.set(attribution, new Set(tried));
      keepLatest(this.#shown, mostShown);
      for (const id of tried)
        if (this.#once.raise(user, `shown\n${id}`, 1, received) > 0) this.#note(id, 1, 0);
    } else if (type === 'click' || type === 'view' || type === 'purchase') {
      const tried = this.#shown.get(attribution);
      // Once a list: a robot that clicks a thousand times is one click.
      for (const { id } of items)
        if (tried?.delete(id) && this.#once.raise(user, `clicked\n${id}`, 1, received) > 0)
          this.#note(id, 0, 1);
    }
  }

  evidence(item: string): Evidence {
    return this.#evidence.get(item) ?? { shown: 0, clicked: 0 };
  }

  /** Puts items of the rest on at most `share` of the first `count` slots; `text` is what the exposure logs. */
  explore(
    { items, ...rest }: RecommendResponse,
    count: number,
    share: number,
    rng: Random,
  ): { response: RecommendResponse; text: string } {
    const { items: chosen, propensities } = exploreSlots(
      items.slice(0, count),
      items.slice(count),
      ({ id }) => this.evidence(id),
      { share, prior, rng },
    );
    const text = chosen
      .flatMap(({ id }, at) => (propensities[at]! < 1 ? [`${id} ${propensities[at]!.toPrecision(6)}`] : []))
      .join('\t');
    return { response: { ...rest, items: chosen }, text };
  }

  #note(id: string, shown: number, clicked: number): void {
    const known = this.evidence(id);
    this.#evidence.set(id, { shown: known.shown + shown, clicked: known.clicked + clicked });
    keepLatest(this.#evidence, mostItems);
  }
}
