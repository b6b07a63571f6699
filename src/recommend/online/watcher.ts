import { type Event, type Profile, random } from '../../core/index.js';
import { Fusion, fusionDefaults, Guard, guardedEvery, type Model, type Opinion } from '../../models/index.js';
import type { EngineContext } from '../context.js';
import { latelyScores, sessionScores } from '../session.js';
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
    // What training says nothing of begins with a little, or it would need long to be heard.
    const little = 0.1 * session;
    const taught: SourceWeights = {
      model,
      session,
      today: little,
      hours: little,
      popular: Math.max(popular, little),
    };
    this.#scale = Object.values(taught).reduce((sum, weight) => sum + weight, 0);
    this.fusion.weights.set(sources.map((name) => taught[name] / this.#scale));
  }

  get weights(): SourceWeights {
    const weights = this.fusion.of(0);
    const named = sources.map((name, at) => [name, this.#scale * weights[at]!]);
    return Object.fromEntries(named) as SourceWeights;
  }

  /**
   * An event that comes, before it is applied to the state: an answer must not know it. `weight`: what it says of taste.
   * Where it is one of those looked at, it is not to teach the model before what is returned has resolved.
   */
  ask({ user, time, items }: Event, weight: number): Promise<void> | undefined {
    if (weight <= 0 || items.length === 0 || this.#chance.float() > 1 / guardedEvery) return undefined;
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#second) this.#inSecond = 0;
    this.#second = second;
    if (this.#inSecond++ >= this.perSecond || this.#waiting >= this.perSecond) {
      this.skipped++;
      return undefined;
    }
    const { model, state, catalogue } = this.engine;
    const target = catalogue.find(items[0]!.id);
    const profile = state.profile(user, time);
    if (target < 0 || !model?.knows(profile)) return undefined;
    const said = this.#ofStatistics(profile, time);
    this.#waiting++;
    this.#work = this.#work
      .then(() => this.#look(profile, time, target, said))
      .catch(() => {})
      .finally(() => this.#waiting--);
    return this.#work;
  }

  /** The weights as they are learned, by the names of the sources. */
  pack(): Uint8Array {
    const named = sources.map((name, at) => [name, this.fusion.weights[at]!]);
    return Buffer.from(JSON.stringify(Object.fromEntries(named)));
  }

  /** Weights that were learned before; those of other sources than now say nothing. */
  restore(packed: Uint8Array | undefined): void {
    if (!packed) return;
    const kept = JSON.parse(Buffer.from(packed).toString()) as Partial<SourceWeights>;
    const weights = sources.map((name) => kept[name]);
    if (weights.every((weight) => typeof weight === 'number')) this.fusion.weights.set(weights as number[]);
  }

  /** Resolves once what waits is looked at. */
  settled(): Promise<void> {
    return this.#work;
  }

  /** What the live statistics say at this moment: the next event changes them. */
  #ofStatistics(profile: Profile, now: number): Omit<Opinions, 'model'> {
    const { engine } = this;
    const { catalogue, popular } = engine;
    const shown = (handle: number): boolean => catalogue.shown(handle);
    const liked: number[] = [];
    for (const handle of popular.ranked(now)) {
      if (liked.length === named) break;
      if (shown(handle)) liked.push(handle);
    }
    return {
      session: sessionScores(engine, profile, now).top(named, shown),
      today: latelyScores(engine, profile, now, 'today').top(named, shown),
      hours: latelyScores(engine, profile, now, 'hours').top(named, shown),
      popular: liked,
    };
  }

  async #look(profile: Profile, now: number, target: number, said: Omit<Opinions, 'model'>): Promise<void> {
    const { model, catalogue } = this.engine;
    if (!model) return;
    const all = (handle: number): boolean => catalogue.shown(handle);
    const learned = await model.retrieve(profile, now, named, all);
    const handleOf = (row: number): number => catalogue.find(this.frozen.items.ids[row]!);
    const { rows } = await this.frozen.retrieve({ profile, now }, named, (row) => {
      const handle = handleOf(row);
      return handle >= 0 && all(handle);
    });
    const still = Array.from(rows, handleOf);
    const opinions: Opinions = { model: learned, ...said };
    this.fusion.learn(
      sources.map((name) => opinionOf(opinions[name])),
      target,
      0,
    );
    if (this.guard.add(reciprocal(learned, target), reciprocal(still, target))) this.onHarm();
  }
}

/** The best handles of each source. */
type Opinions = Record<keyof SourceWeights, readonly number[]>;

function opinionOf(handles: readonly number[]): Opinion {
  const chances = handles.map((_, rank) => 1 / (rankOffset + rank));
  const total = chances.reduce((sum, chance) => sum + chance, 0);
  return { rows: handles, chances: chances.map((chance) => chance / total) };
}

function reciprocal(handles: readonly number[], target: number): number {
  const rank = handles.indexOf(target);
  return rank < 0 ? 0 : 1 / (rank + 1);
}
