import { type Event, type Profile, random } from '../../core/index.js';
import { Fusion, fusionDefaults, Guard, guardedEvery, type Model, type Opinion } from '../../models/index.js';
import type { EngineContext } from '../context.js';
import { sessionScores } from '../session.js';
import { untaught } from '../shelf.js';
import { type SourceWeights, sources } from '../sources.js';

/** Items that a source names. */
const named = 100;
/** Cases looked at in a second at most, and items that the frozen model looks at for them: it scores every one. */
const mostPerSecond = 10;
const itemsPerSecond = 1_000_000;
/** Where a rank falls off in the chance that is read from it, as in the fusion of `home`. */
const rankOffset = 20;

/**
 * Looks at one event in twenty as a question asked before it: what would each source of `home` have said? From the
 * answers the weights of the sources learn, and the guard compares the model that learns with the one that does not.
 */
export class Watcher {
  readonly guard = new Guard();
  readonly fusion = new Fusion({ ...fusionDefaults, sources: sources.length });
  /** Events passed over because too many came. */
  skipped = 0;
  /** By chance: counting would meet the same step of a habit again and again. */
  readonly #chance = random(1);
  #second = 0;
  #inSecond = 0;
  /** What the weights of the shelf sum to: the other ingredients keep theirs beside them. */
  readonly #scale: number;
  #work = Promise.resolve();
  #waiting = 0;

  constructor(
    private readonly engine: EngineContext,
    /** The model as it was trained. */
    private readonly frozen: Model,
    private readonly onHarm: () => void,
    private readonly perSecond = Math.max(1, Math.min(mostPerSecond, itemsPerSecond / frozen.items.size)),
  ) {
    const { model, session, popular } = frozen.shelf ?? untaught;
    // What is popular begins with a little, or it would need long to be heard.
    const taught = [model, session, Math.max(popular, 0.1 * session)];
    this.#scale = taught.reduce((sum, weight) => sum + weight, 0);
    this.fusion.weights.set(taught.map((weight) => weight / this.#scale));
  }

  get weights(): SourceWeights {
    const [model, session, popular] = this.fusion.of(0);
    const scale = this.#scale;
    return { model: scale * model!, session: scale * session!, popular: scale * popular! };
  }

  /**
   * An event that was applied; `weight`: what it says of taste. Where it is one of those looked at, it is not to teach
   * the model before what is returned has resolved: the question is what the model knew before it.
   */
  saw(event: Event, weight: number): Promise<void> | undefined {
    if (weight <= 0 || event.items.length === 0 || this.#chance.float() > 1 / guardedEvery) return undefined;
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#second) this.#inSecond = 0;
    this.#second = second;
    if (this.#inSecond++ >= this.perSecond || this.#waiting >= this.perSecond) {
      this.skipped++;
      return undefined;
    }
    const before = profileBefore(this.engine.state.profile(event.user, event.time), event);
    const target = this.engine.catalogue.find(event.items[0]!.id);
    if (target < 0 || before.events.length === 0) return undefined;
    this.#waiting++;
    this.#work = this.#work
      .then(() => this.#look(before, event.time, target))
      .catch(() => {})
      .finally(() => this.#waiting--);
    return this.#work;
  }

  /** Resolves once what waits is looked at. */
  settled(): Promise<void> {
    return this.#work;
  }

  async #look(profile: Profile, now: number, target: number): Promise<void> {
    const { model, catalogue, popular } = this.engine;
    if (!model?.knows(profile)) return;
    const all = (handle: number): boolean => catalogue.shown(handle);
    const learned = await model.retrieve(profile, now, named, all);
    const handleOf = (row: number): number => catalogue.find(this.frozen.items.ids[row]!);
    const { rows } = await this.frozen.retrieve({ profile, now }, named, (row) => {
      const handle = handleOf(row);
      return handle >= 0 && all(handle);
    });
    const still = Array.from(rows, handleOf);
    const session = sessionScores(this.engine, profile, now).top(named, all);
    const liked: number[] = [];
    for (const handle of popular.ranked(now)) {
      if (liked.length === named) break;
      if (all(handle)) liked.push(handle);
    }
    this.fusion.learn([learned, session, liked].map(opinionOf), target, 0);
    if (this.guard.add(reciprocal(learned, target), reciprocal(still, target))) this.onHarm();
  }
}

function profileBefore(profile: Profile, event: Event): Profile {
  const own = new Set(event.items.map(({ id }) => id));
  const events = profile.events.filter(
    ({ time, item }) => time < event.time || (time === event.time && !own.has(item)),
  );
  return { ...profile, events };
}

function opinionOf(handles: readonly number[]): Opinion {
  const chances = handles.map((_, rank) => 1 / (rankOffset + rank));
  const total = chances.reduce((sum, chance) => sum + chance, 0);
  return { rows: handles, chances: chances.map((chance) => chance / total) };
}

function reciprocal(handles: readonly number[], target: number): number {
  const rank = handles.indexOf(target);
  return rank < 0 ? 0 : 1 / (rank + 1);
}
