import { EndcapError, type Event, type EventTable, type Item, type Progress } from '../core/index.js';
import { chosenAlgorithms, type Model, type Shelf } from '../models/index.js';
import { timed, wallClock } from './clock.js';
import type { Searched } from './compare.js';
import type { Winner } from './finalists.js';
import { fitWatched, type Shared } from './fit.js';
import type { Case, Split } from './split.js';

/** What happened in a window, with a model from before it. */
export interface ShelfWindow {
  window: { from: number; to: number };
  /** On what models are compared in the window. */
  cases: readonly Case[];
  model: Model;
}

/** On what the weights of the `home` shelf are learned. */
export interface ShelfLesson extends ShelfWindow {
  events: readonly Event[];
  catalogue: ReadonlyMap<string, Item>;
  /** The window after it: what gained in the one before and does not here has no say. */
  later?: ShelfWindow;
  seed: number;
  table: EventTable;
  /** Told of each step; throws `out_of_time` when there is no time for more. */
  progress: Progress;
}

export interface LearnedShelf {
  shelf: Shelf;
  /** Whether the time ended before it was learned. */
  late: boolean;
}

export type LearnShelf = (lesson: ShelfLesson) => Promise<LearnedShelf>;

/**
 * The shelf is learned in the validation window. Test may only take away from it what was a matter of that season: no
 * figure that is measured on test is of the shelf. It ends with the budget.
 */
export async function shelfOf(
  learnShelf: LearnShelf,
  how: Shared & {
    table: EventTable;
    split: Split;
    events: readonly Event[];
    catalogue: ReadonlyMap<string, Item>;
    winner: Winner;
    searched: Searched;
    end: number;
  },
): Promise<LearnedShelf> {
  const { table, split, events, catalogue, winner, searched, seed, end, clock = wallClock } = how;
  const { validation, test, end: last } = split.boundaries;
  const later = { window: { from: test, to: last }, cases: split.test.cases, model: winner.model };
  const window = { window: { from: validation, to: test }, cases: split.validation.cases };
  const { progress } = timed(() => {}, clock, { soft: end, hard: end });
  const learn = (model: Model): Promise<LearnedShelf> =>
    learnShelf({ ...window, model, later, events, catalogue, seed, table, progress });
  how.watch({ kind: 'note', text: 'Learning what the home shelf is made of …' });
  if (searched.best) return learn(searched.best.model);
  const { algorithm, options } = winner.candidate;
  const [recommender] = chosenAlgorithms(algorithm);
  const limits = { soft: clock() + (end - clock()) / 4, hard: end };
  const fit = { limits, phase: 'learning the shelf', place: { done: 0, total: 1 }, part: 'shelf' };
  try {
    return await fitWatched(
      { recommender: recommender!, options },
      split.validation.past,
      { ...how, ...fit },
      learn,
    );
  } catch (error) {
    // The time is over for `learn` too, which asks nothing of the model then.
    if (error instanceof EndcapError && error.code === 'out_of_time') return learn(winner.model);
    throw error;
  }
}
