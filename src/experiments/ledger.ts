import { type Event, Eviction, isFromPage } from '../core/index.js';
import { hashOf, RowTable } from '../projections/index.js';
import { Identities } from './assign.js';
import type { ExperimentConfig, ExperimentsConfig, Metric } from './config.js';
import { addTo, type Sample, takeFrom } from './lift.js';

/** Bounds of what is remembered; what was used longest ago goes first. */
export const ledgerLimits = {
  /** Shoppers of all experiments, each in each of theirs. What they did stays in the sums. */
  participants: 190_000,
  /** Recommendations, for what comes of them. */
  shown: 380_000,
  /** Shoppers whose orders a refund can take back, items of each, and of all. */
  buyers: 20_000,
  bought: 200,
  boughtByAll: 100_000,
};
/** Columns of a participant: variant from 1, what they did, and units and money that count, net of what came back. */
const [variantAt, doneAt, unitsAt, revenueAt] = [0, 1, 2, 3];
/** Bits of what a participant did. Who saw two variants counts in neither. */
const [clicked, refunded, crossed] = [1, 2, 4];
/** Columns of what was shown: when, to whom, and in which experiments. */
const [shownTime, shownUser, shownIn] = [0, 1, 2];
const hourMs = 3_600_000;
/** Units of an item that a page may say were sold at once. */
const pageUnits = 10;
const metrics: readonly Metric[] = ['click', 'conversion', 'revenue', 'refund'];
/** Key of the context of an exposure (`impression`): `experiment:variant`, separated by blanks. */
export const exposureKey = 'experiments';
export const propensityKey = 'propensity';

/** Units and money by item. */
type Bought = Map<string, { units: number; revenue: number }>;
/** Experiment and variant, each by its place, of each assignment of an exposure. */
type Exposures = readonly (readonly [experiment: number, variant: number])[];

/**
 * Who saw which variant and what followed: a fold of the log. An event counts for the recommendation whose id it carries,
 * if that was shown to the same shopper and no longer ago than the window. A refund takes back what it gave. Shoppers are
 * numbers by a hash, for anybody can invent some; what each did is added to the sums of their variant at once.
 */
export class Ledger {
  readonly identities = new Identities();
  readonly #participants = new RowTable(ledgerLimits.participants, 4);
  readonly #shown = new RowTable(ledgerLimits.shown, 3);
  /** Each wording of an exposure that there was: a few, for the shop makes them of its experiments. */
  readonly #wordings = new Map<string, number>();
  readonly #exposures: Exposures[] = [];
  readonly #bought = new Map<string, Bought>();
  readonly #buyers = new Eviction(this.#bought);
  /** Items in all of `#bought`. */
  #lines = 0;
  readonly #experiments: readonly ExperimentConfig[];
  /** By experiment, variant and metric. */
  readonly #samples: Record<Metric, Sample>[][];
  readonly #crossed: number[];

  constructor(config: ExperimentsConfig) {
    this.#experiments = config.experiments;
    this.#samples = config.experiments.map(({ variants }) => variants.map(emptySamples));
    this.#crossed = config.experiments.map(() => 0);
  }

  apply(event: Event): void {
    if (event.robot) return;
    if (event.type === 'identify') this.#identify(event);
    else if (event.type === 'impression') this.#expose(event);
    else if (event.type === 'refund') this.#refund(event);
    else if (event.attribution !== undefined) this.#attribute(event);
  }

  /** Shoppers that saw two variants. */
  crossed(experiment: string): number {
    return this.#crossed[this.#experiments.findIndex(({ name }) => name === experiment)] ?? 0;
  }

  /** The shoppers of a variant by a metric, one value each. */
  sample(experiment: string, variant: string, metric: Metric): Sample {
    const at = this.#experiments.findIndex(({ name }) => name === experiment);
    const place = this.#experiments[at]?.variants.findIndex(({ name }) => name === variant) ?? -1;
    return { ...(this.#samples[at]?.[place] ?? emptySamples())[metric] };
  }

  #identify({ user, context }: Event): void {
    const anonymous = context?.anonymous;
    if (typeof anonymous !== 'string') return;
    const known = this.identities.key(user);
    const exposed = this.#experiments.some((_, at) => this.#participants.get(keyOf(at, known)));
    this.identities.identify(anonymous, user, exposed);
  }

  #expose(event: Event): void {
    const text = event.context?.[exposureKey];
    if (typeof text !== 'string' || event.attribution === undefined || isFromPage(event)) return;
    const key = this.identities.key(event.user);
    const number = this.#exposuresOf(text);
    const shown = this.#exposures[number]!;
    for (const [experiment, variant] of shown) this.#join(experiment, variant, key);
    if (shown.length === 0) return;
    const row = this.#shown.open(hashOf(event.attribution));
    row[shownTime] = event.time;
    row[shownUser] = hashOf(key);
    row[shownIn] = number + 1;
  }

  /** Place of what a text says in `#exposures`. What names no experiment of these is nothing, and one of them is enough. */
  #exposuresOf(text: string): number {
    const known = this.#wordings.get(text);
    if (known !== undefined) return known;
    const exposures = text.split(' ').flatMap((pair): [number, number][] => {
      const [experiment = '', variant = ''] = pair.split(':');
      const at = this.#experiments.findIndex(({ name }) => name === experiment);
      const place = this.#experiments[at]?.variants.findIndex(({ name }) => name === variant) ?? -1;
      return place < 0 ? [] : [[at, place]];
    });
    if (exposures.length === 0 && text !== '') return this.#exposuresOf('');
    const place = this.#exposures.push(exposures) - 1;
    this.#wordings.set(text, place);
    return place;
  }

  #join(experiment: number, variant: number, key: string): void {
    const row = this.#participants.open(keyOf(experiment, key));
    if (row[variantAt] === 0) {
      row[variantAt] = variant + 1;
      this.#count(experiment, row, addTo);
    } else if (row[variantAt] !== variant + 1 && !(row[doneAt]! & crossed)) {
      this.#count(experiment, row, takeFrom);
      row[doneAt]! |= crossed;
      this.#crossed[experiment]!++;
    }
  }

  /** Adds a participant to the sums of their variant, or takes them out. */
  #count(experiment: number, row: Float64Array, change: typeof addTo): void {
    if (row[doneAt]! & crossed) return;
    const samples = this.#samples[experiment]![row[variantAt]! - 1]!;
    for (const metric of metrics) change(samples[metric], outcome(row, metric));
  }

  #attribute(event: Event): void {
    const shown = this.#shown.get(hashOf(event.attribution!));
    const key = this.identities.key(event.user);
    if (!shown || shown[shownUser] !== hashOf(key)) return;
    const age = event.time - shown[shownTime]!;
    for (const [at] of this.#exposures[shown[shownIn]! - 1]!) {
      if (age < 0 || age > this.#experiments[at]!.windowHours * hourMs) continue;
      if (event.type === 'click' || event.type === 'view')
        this.#change(at, key, (row) => {
          row[doneAt]! |= clicked;
        });
      if (event.type === 'purchase') this.#change(at, key, (row) => this.#buy(at, key, row, event));
    }
  }

  /** Nothing where the shopper is not remembered. */
  #change(experiment: number, key: string, change: (row: Float64Array) => void): void {
    const place = keyOf(experiment, key);
    if (!this.#participants.get(place)) return;
    const row = this.#participants.open(place);
    this.#count(experiment, row, takeFrom);
    change(row);
    this.#count(experiment, row, addTo);
  }

  #buy(experiment: number, key: string, row: Float64Array, event: Event): void {
    const bought = this.#boughtBy(experiment, key);
    for (const { id, quantity: said = 1, price = 0, unlisted } of event.items) {
      if (unlisted) continue;
      const quantity = isFromPage(event) ? Math.min(said, pageUnits) : said;
      row[unitsAt]! += quantity;
      row[revenueAt]! += quantity * price;
      const kept = bought.get(id) ?? { units: 0, revenue: 0 };
      kept.units += quantity;
      kept.revenue += quantity * price;
      const before = bought.size;
      bought.set(id, kept);
      if (bought.size > ledgerLimits.bought) bought.delete(bought.keys().next().value!);
      this.#lines += bought.size - before;
    }
    this.#makeRoom();
  }

  /** A page may say that everything was bought: the last buyer always has a place. */
  #makeRoom(): void {
    const { buyers, boughtByAll } = ledgerLimits;
    while (this.#bought.size > 1 && (this.#bought.size > buyers || this.#lines > boughtByAll)) {
      const [name, { size }] = this.#buyers.oldest()!;
      this.#bought.delete(name);
      this.#lines -= size;
    }
  }

  #boughtBy(experiment: number, key: string): Bought {
    const name = `${experiment}\n${key}`;
    const bought: Bought = this.#bought.get(name) ?? new Map();
    this.#bought.delete(name);
    this.#bought.set(name, bought);
    return bought;
  }

  /** A refund may come late and without the id: it takes back what the shopper bought of the item, at most all of it. */
  #refund(event: Event): void {
    const key = this.identities.key(event.user);
    for (const at of this.#experiments.keys()) {
      const bought = this.#bought.get(`${at}\n${key}`);
      if (!bought) continue;
      this.#change(at, key, (row) => {
        for (const { id, quantity = 1 } of event.items) {
          const kept = bought.get(id);
          if (!kept || kept.units <= 0) continue;
          const back = Math.min(kept.units, quantity);
          const money = (kept.revenue * back) / kept.units;
          kept.revenue -= money;
          kept.units -= back;
          row[revenueAt]! -= money;
          row[unitsAt]! -= back;
          row[doneAt]! |= refunded;
        }
      });
    }
  }
}

const keyOf = (experiment: number, shopper: string): number => hashOf(`${experiment}\n${shopper}`);

function emptySamples(): Record<Metric, Sample> {
  const nobody = (): Sample => ({ count: 0, sum: 0, squares: 0 });
  return { click: nobody(), conversion: nobody(), revenue: nobody(), refund: nobody() };
}

function outcome(row: Readonly<Float64Array>, metric: Metric): number {
  if (metric === 'click') return row[doneAt]! & clicked ? 1 : 0;
  if (metric === 'refund') return row[doneAt]! & refunded ? 1 : 0;
  return metric === 'revenue' ? row[revenueAt]! : row[unitsAt]! > 1e-9 ? 1 : 0;
}
