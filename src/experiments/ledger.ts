import { type Event, isFromPage } from '../core/index.js';
import { Identities } from './assign.js';
import type { ExperimentConfig, ExperimentsConfig, Metric } from './config.js';
import { addTo, type Sample } from './lift.js';

/** What a shopper did in one experiment. */
interface Participant {
  variant: string;
  clicked: boolean;
  refunded: boolean;
  /** Units and money by item that count for the experiment, net of what came back. */
  bought: Map<string, { units: number; revenue: number }>;
}

/** Where a recommendation was shown, until its window ends. */
interface Shown {
  user: string;
  time: number;
  /** Experiment and variant of each assignment that counts. */
  in: readonly (readonly [experiment: string, variant: string])[];
}

/** Recommendations that are remembered for attribution; the oldest give way. */
const mostShown = 1_000_000;
const hourMs = 3_600_000;
/** Units of an item that a page may say were sold at once. */
const pageUnits = 10;
/** Key of the context of an exposure (`impression`): `experiment:variant`, separated by blanks. */
export const exposureKey = 'experiments';
export const propensityKey = 'propensity';

/**
 * Who saw which variant and what followed: a fold of the log. An event counts for the recommendation whose id it carries,
 * if that was shown to the same shopper and no longer ago than the window. A refund takes back what it gave.
 */
export class Ledger {
  readonly identities = new Identities();
  readonly #participants = new Map<string, Map<string, Participant>>();
  /** Shoppers that saw two variants: they count in neither. */
  readonly #crossed = new Map<string, Set<string>>();
  readonly #shown = new Map<string, Shown>();
  readonly #experiments: ReadonlyMap<string, ExperimentConfig>;

  constructor(config: ExperimentsConfig) {
    this.#experiments = new Map(config.experiments.map((experiment) => [experiment.name, experiment]));
  }

  apply(event: Event): void {
    if (event.robot) return;
    if (event.type === 'identify') this.#identify(event);
    else if (event.type === 'impression') this.#expose(event);
    else if (event.type === 'refund') this.#refund(event);
    else if (event.attribution !== undefined) this.#attribute(event);
  }

  crossed(experiment: string): number {
    return this.#crossed.get(experiment)?.size ?? 0;
  }

  /** The shoppers of a variant by a metric, one value each. */
  sample(experiment: string, variant: string, metric: Metric): Sample {
    const sample: Sample = { count: 0, sum: 0, squares: 0 };
    for (const [key, participant] of this.#participants.get(experiment) ?? []) {
      if (participant.variant !== variant || this.#crossed.get(experiment)?.has(key)) continue;
      addTo(sample, outcome(participant, metric));
    }
    return sample;
  }

  #identify({ user, context }: Event): void {
    const anonymous = context?.anonymous;
    if (typeof anonymous !== 'string') return;
    const known = this.identities.key(user);
    const exposed = [...this.#participants.values()].some((shoppers) => shoppers.has(known));
    this.identities.identify(anonymous, user, exposed);
  }

  #expose(event: Event): void {
    const text = event.context?.[exposureKey];
    if (typeof text !== 'string' || event.attribution === undefined || isFromPage(event)) return;
    const key = this.identities.key(event.user);
    const shown = text.split(' ').flatMap((pair): (readonly [string, string])[] => {
      const [experiment = '', variant = ''] = pair.split(':');
      const known = this.#experiments.get(experiment)?.variants.some(({ name }) => name === variant);
      return known ? [[experiment, variant]] : [];
    });
    for (const [experiment, variant] of shown) this.#join(experiment, variant, key);
    if (shown.length === 0) return;
    this.#shown.set(event.attribution, { user: key, time: event.time, in: shown });
    if (this.#shown.size > mostShown) this.#shown.delete(this.#shown.keys().next().value!);
  }

  #join(experiment: string, variant: string, key: string): void {
    const shoppers = this.#participants.get(experiment) ?? new Map<string, Participant>();
    this.#participants.set(experiment, shoppers);
    const known = shoppers.get(key);
    if (!known) shoppers.set(key, { variant, clicked: false, refunded: false, bought: new Map() });
    else if (known.variant !== variant) {
      const crossed = this.#crossed.get(experiment) ?? new Set();
      this.#crossed.set(experiment, crossed.add(key));
    }
  }

  /** Calls `found` with each participant whom the event counts for. */
  #attribute(event: Event): void {
    const shown = this.#shown.get(event.attribution!);
    const key = this.identities.key(event.user);
    if (!shown || shown.user !== key) return;
    for (const [name] of shown.in) {
      const { windowHours } = this.#experiments.get(name)!;
      const age = event.time - shown.time;
      if (age < 0 || age > windowHours * hourMs) continue;
      const participant = this.#participants.get(name)!.get(key)!;
      if (event.type === 'click' || event.type === 'view') participant.clicked = true;
      if (event.type === 'purchase') buy(participant, event);
    }
  }

  /** A refund may come late and without the id: it takes back what the shopper bought of the item, at most all of it. */
  #refund(event: Event): void {
    const key = this.identities.key(event.user);
    for (const shoppers of this.#participants.values()) {
      const participant = shoppers.get(key);
      if (!participant) continue;
      for (const { id, quantity = 1 } of event.items) {
        const kept = participant.bought.get(id);
        if (!kept || kept.units <= 0) continue;
        const back = Math.min(kept.units, quantity);
        kept.revenue -= (kept.revenue * back) / kept.units;
        kept.units -= back;
        participant.refunded = true;
      }
    }
  }
}

function buy({ bought }: Participant, event: Event): void {
  for (const { id, quantity: said = 1, price = 0 } of event.items) {
    const quantity = isFromPage(event) ? Math.min(said, pageUnits) : said;
    const kept = bought.get(id) ?? { units: 0, revenue: 0 };
    kept.units += quantity;
    kept.revenue += quantity * price;
    bought.set(id, kept);
  }
}

function outcome({ clicked, refunded, bought }: Participant, metric: Metric): number {
  if (metric === 'click') return clicked ? 1 : 0;
  if (metric === 'refund') return refunded ? 1 : 0;
  let units = 0;
  let revenue = 0;
  for (const kept of bought.values()) {
    units += kept.units;
    revenue += kept.revenue;
  }
  return metric === 'revenue' ? revenue : units > 0 ? 1 : 0;
}
