import { type Event, type Random, random } from '../../core/index.js';
import { type PropensityContent, type PropensityModel, propensityModel } from '../propensity.js';
import { intentFeatureNames } from './features.js';
import { type PackedFold, VisitFold } from './fold.js';
import { type NextPurchase, nextPurchase } from './past.js';
import { type PackedPrior, PriorIntent } from './prior.js';
import { type PackedThinning, StreamCalibration, Thinning } from './recalibrate.js';
import { RowPool } from './rowPool.js';
import { newVisit, type Touched, type Visit } from './visits.js';

/** What `POST /v1/intent` answers. Probabilities from 0 to 1, times in ms. */
export interface IntentAnswer {
  user: string;
  /** That the visit under way ends in a purchase; null where there is none under way. */
  probability: number | null;
  /** `trees`: learned from this shop's visits; `assumed`: a stated start that learns with each visit. */
  basis: 'trees' | 'assumed';
  /** Items of the visit by the chance that this visit ends in buying them, likeliest first. */
  items: { id: string; probability: number }[];
  /** Events of the visit so far. */
  events: number;
  visitStart?: number;
  /** Absent before the shopper's first order. */
  nextPurchase?: NextPurchase;
}

/** What speaks for or against, in log-odds, strongest first. */
export interface IntentReason {
  feature: string;
  value: number | null;
  logOdds: number;
}

/**
 * Outcomes a day from which the line is learned where there are more, about: it forgets in 500, and asking the trees for
 * each visit that ends would be a third of what events cost in a shop of ten thousand visits a day.
 */
const outcomesOfDay = 1_500;

/** How a visit used an item: what shares of each were bought where the visit ended in a purchase is learned. */
type Use = 'cart' | 'returned' | 'seen';
const useOf = ({ units, views }: Touched): Use => (units > 0 ? 'cart' : views > 1 ? 'returned' : 'seen');
/** Before anything is learned: bought and counted. */
const assumedUse = (): Record<Use, [number, number]> => ({ cart: [8, 10], returned: [3, 10], seen: [1, 10] });

export interface PackedIntent {
  fold: PackedFold;
  prior: PackedPrior;
  calibration: { line: [number, number]; curve: [number, number, number] };
  asked: PackedThinning;
  uses: Record<Use, [number, number]>;
  drawn: [string, number[]][];
  chance: [number, number, number, number];
}

/**
 * Who is about to buy: a fold of the log that says after each event how likely the visit is to end in a purchase. The
 * line that keeps it calibrated learns from one event of each visit, drawn evenly, once the visit has ended.
 */
export class Intent {
  readonly fold: VisitFold;
  private readonly prior = new PriorIntent();
  private readonly calibration = new StreamCalibration();
  /** Which outcomes the line learns from: the trees are asked about each of them. */
  private readonly asked = new Thinning(outcomesOfDay);
  private readonly uses = assumedUse();
  /** Features at the drawn event of each visit under way, by its `drawn`. */
  private readonly rows = new RowPool(intentFeatureNames.length);
  private readonly chance: Random = random(1);
  private trees: PropensityModel | undefined;

  constructor() {
    this.fold = new VisitFold({
      after: (visit, fold) => {
        // Reservoir of one: each event of the visit is as likely to be the one learned from.
        if (this.chance.float() * visit.events >= 1) return;
        if (visit.drawn >= 0) this.rows.replace(visit.drawn, fold.features(visit));
        else visit.drawn = this.rows.put(fold.features(visit));
      },
      ended: (visit, bought) => this.ended(visit, bought),
    });
  }

  /** `numbers` are those of its items in the item dictionary. */
  apply(event: Event, numbers?: readonly number[]): void {
    this.fold.apply(event, numbers);
  }

  /** Takes trees into service; what the line had learned was of another model, and begins anew. */
  use(content: PropensityContent): void {
    this.trees = propensityModel(content);
    this.calibration.restore(new StreamCalibration().pack());
  }

  get basis(): IntentAnswer['basis'] {
    return this.trees ? 'trees' : 'assumed';
  }

  /** Visits with events before their end that have ended so far: what trees may learn from. */
  get visitsEnded(): number {
    return this.prior.learned;
  }

  /** Chance that the shopper's visit under way ends in a purchase; undefined without one. */
  probability(user: string, now: number): number | undefined {
    const visit = this.fold.visit(user, now);
    return visit && this.score(this.fold.features(visit));
  }

  /** Features of the shopper's visit, of one without events where none is under way. Used again by the next call. */
  features(user: string, now: number): Float64Array {
    return this.fold.features(this.fold.visit(user, now) ?? newVisit(user, now));
  }

  answer(user: string, now: number, count = 10): IntentAnswer {
    const visit = this.fold.visit(user, now);
    const probability = visit ? this.score(this.fold.features(visit)) : null;
    const past = this.fold.pasts.get(user);
    const next = past && nextPurchase(past, this.fold.rhythm, now);
    return {
      user,
      probability,
      basis: this.basis,
      items: visit ? this.likelyItems(visit, probability!, count) : [],
      events: visit?.events ?? 0,
      ...(visit ? { visitStart: visit.start } : {}),
      ...(next ? { nextPurchase: next } : {}),
    };
  }

  reasons(user: string, now: number, count = 5): IntentReason[] {
    const visit = this.fold.visit(user, now);
    if (!visit || !this.trees) return [];
    const features = Float64Array.from(this.fold.features(visit));
    const share = this.trees.contributions(features);
    return intentFeatureNames
      .map((feature, at) => ({
        feature,
        value: Number.isFinite(features[at]!) ? features[at]! : null,
        logOdds: share[at]!,
      }))
      .sort((a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds))
      .slice(0, count);
  }

  /** Visits under way at `now`, likeliest buyers first. */
  current(now: number, count: number): IntentAnswer[] {
    const open = [...this.fold.visits].filter(({ user }) => this.fold.visit(user, now));
    return open
      .map(({ user }) => this.answer(user, now))
      .sort((a, b) => b.probability! - a.probability!)
      .slice(0, count);
  }

  private raw(features: Float64Array): number {
    return this.trees ? this.trees.predict(features) : this.prior.predict(features);
  }

  private score(features: Float64Array): number {
    return this.trees ? this.calibration.correct(this.raw(features)) : this.raw(features);
  }

  private likelyItems(visit: Visit, probability: number, count: number): IntentAnswer['items'] {
    return visit.items
      .map((touched) => {
        const [bought, of] = this.uses[useOf(touched)];
        return { id: touched.id, probability: (probability * bought) / of, last: touched.last };
      })
      .sort((a, b) => b.probability - a.probability || b.last - a.last)
      .slice(0, count)
      .map(({ id, probability }) => ({ id, probability }));
  }

  private ended(visit: Visit, purchase: Event | undefined): void {
    // A purchase without anything before it, as imported orders are, says nothing of what comes before purchases.
    if (visit.drawn < 0) return;
    const features = this.rows.row(visit.drawn);
    this.undraw(visit);
    const isAsked = this.asked.takes(visit.last);
    if (this.trees && isAsked) this.calibration.learn(this.trees.predict(features), purchase !== undefined);
    this.prior.learn(features, purchase !== undefined);
    if (!purchase) return;
    const bought = new Set(purchase.items.map(({ id }) => id));
    for (const touched of visit.items) {
      const use = this.uses[useOf(touched)];
      use[0] += bought.has(touched.id) ? 1 : 0;
      use[1]++;
    }
  }

  private undraw(visit: Visit): void {
    if (visit.drawn >= 0) this.rows.free([visit.drawn]);
    visit.drawn = -1;
  }

  /** What an erased shopper did in a visit counts no more; what items and hours are worth names nobody. */
  forget(user: string): void {
    const visit = this.fold.visits.get(user);
    if (visit) this.undraw(visit);
    this.fold.forget(user);
  }

  pack(): PackedIntent {
    return {
      fold: this.fold.pack(),
      prior: this.prior.pack(),
      calibration: this.calibration.pack(),
      asked: this.asked.pack(),
      uses: structuredClone(this.uses),
      drawn: [...this.fold.visits]
        .filter(({ drawn }) => drawn >= 0)
        .map(({ user, drawn }) => [user, [...this.rows.row(drawn)]]),
      chance: this.chance.state(),
    };
  }

  restore(packed: PackedIntent): void {
    for (const visit of this.fold.visits) this.undraw(visit);
    this.fold.restore(packed.fold);
    this.prior.restore(packed.prior);
    this.calibration.restore(packed.calibration);
    this.asked.restore(packed.asked);
    Object.assign(this.uses, structuredClone(packed.uses));
    for (const [user, features] of packed.drawn)
      this.fold.visits.get(user)!.drawn = this.rows.put(Float64Array.from(features));
    this.chance.restore(packed.chance);
  }
}
