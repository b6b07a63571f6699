import { Packr } from 'msgpackr';
import { EndcapError, type Event, inSlices } from '../core/index.js';
import type { Advert, AdvertSpace, Engine } from '../recommend/index.js';
import { type Audience, Audiences, type PackedAudiences, type Transition } from './audiences/audiences.js';
import { membersCsv } from './audiences/csv.js';
import type { ShopperView } from './audiences/rule.js';
import { type Candidate, ClickRates, type PackedRates } from './clicks/rates.js';
import { type Definitions, readDefinitions, writeDefinitions } from './definitions.js';
import { checkWebhook, type IsAllowed, isPublicAddress } from './deliveries/address.js';
import { Outbox, type PackedOutbox } from './deliveries/outbox.js';
import { callWebhook } from './deliveries/webhook.js';
import { Intent, type IntentAnswer, type IntentReason, type PackedIntent } from './intent/intent.js';
import type { IntentReport, TrainedIntent } from './intent/train.js';
import { chooseAdverts } from './offers/adverts.js';
import type { PackedAssignments } from './offers/assignments.js';
import type { ResponseStatus } from './offers/learned.js';
import { ResponseLearner } from './offers/learner.js';
import { checkOffer, type Offer, offerDefaults, slotDefaults } from './offers/offer.js';
import { Offers, type PackedOffers } from './offers/offers.js';
import type { GivenOffer } from './offers/running.js';
import type { OfferStatus } from './offers/status.js';
import { runTask } from './tasks.js';
import { predictUplift } from './uplift/learners.js';
import { incrementSaid, trialOf, upliftSaid } from './uplift/report.js';
import type { Trialled, UpliftReport } from './uplift/select.js';
import { readTrial, type TrialTable } from './uplift/table.js';

const stateKey = 'marketing/state.bin';
const intentKey = 'marketing/intent.bin';
const format = 2;
const packr = new Packr({ useRecords: false, moreTypes: true });
/** How often deliveries are tried, members looked at for time, and the state is written, ms. */
const deliverEveryMs = 500;
const sweepEveryMs = 1_000;
const sweptAtOnce = 500;
const saveEveryMs = 60_000;
const refitEveryMs = 30_000;
const learnEveryMs = 600_000;
/** Visits before trees are trained, and how many times as many before they are trained anew. */
const leastVisits = 500;
const visitGrowth = 1.5;
const dayMs = 86_400_000;

/** Trees, and how many visits had ended when they were learned. */
type SavedIntent = TrainedIntent & { visits?: number };

interface PackedMarketing {
  format: number;
  offset: number;
  intent: PackedIntent;
  audiences: PackedAudiences;
  offers: PackedOffers;
  assignments: PackedAssignments;
  outbox: PackedOutbox;
  clicks: PackedRates;
}

export interface MarketingOptions {
  /** Folder of the shop: training reads its log in a thread of its own. */
  dir: string;
  /** Addresses that webhooks may go to; those of the open internet by default. */
  allowed?: IsAllowed;
}

/** What the operator gives of an offer; the rest has defaults. */
export type OfferInput = Omit<Offer, 'cap' | 'holdout' | 'explore' | 'margin' | 'start'> & Partial<Offer>;

/** What an experiment brought. `scores`: uplift expected of each row; all 0 where none was found. */
export interface UpliftAnswer {
  said: string;
  increment: string;
  report: UpliftReport;
  /** What was left out of the table. */
  notes: string[];
  scores: number[];
}

/** Opens marketing beside an engine: its folds caught up with the log, its jobs running until the engine closes. */
export async function openMarketing(engine: Engine, options: MarketingOptions): Promise<Marketing> {
  const marketing = new Marketing(engine, options);
  await marketing.open();
  return marketing;
}

/** Intent, audiences, offers and deliveries of one shop. */
export class Marketing {
  #intent = new Intent();
  #audiences: Audiences;
  #offers = new Offers();
  #response: ResponseLearner;
  #clicks = new ClickRates();
  #outbox: Outbox;
  readonly #allowed: IsAllowed;
  #offset = 0;
  /** Whether an experiment is being measured. */
  #fitting = false;
  #saved = -1;
  #report: IntentReport | undefined;
  /** Visits there were when trees were last trained, or tried. */
  #visitsTrained = 0;
  #stop: () => void = () => {};

  constructor(
    private readonly engine: Engine,
    private readonly options: MarketingOptions,
  ) {
    this.#allowed = options.allowed ?? isPublicAddress;
    this.#audiences = this.#newAudiences();
    this.#outbox = this.#newOutbox();
    this.#response = this.#newResponse();
  }

  #newAudiences(): Audiences {
    return new Audiences(
      (user, now) => this.#look(user, now),
      (transition) => this.#notify(transition),
    );
  }

  #newResponse(): ResponseLearner {
    return new ResponseLearner(this.engine.store.objects, (content) => this.#offers.use(content));
  }

  #newOutbox(): Outbox {
    return new Outbox((call, now) => callWebhook(call, now, { allowed: this.#allowed }));
  }

  /** Reads what was saved and folds in what the log has since. */
  async open(): Promise<void> {
    const { objects } = this.engine.store;
    const saved = await readDefinitions(objects);
    for (const audience of saved?.audiences ?? []) this.#audiences.put(audience);
    for (const offer of saved?.offers ?? []) this.#offers.put({ ...offerDefaults, ...offer });
    await this.#useTrained(await objects.get(intentKey));
    await this.#response.open();
    const state = await objects.get(stateKey);
    if (state) this.#restore(packr.unpack(state) as PackedMarketing);
    await this.#follow();
    this.engine.useAdverts((space) => this.#advertise(space));
    this.engine.onErase((user) => this.#foldAnew(user));
    const { jobs } = this.engine;
    jobs.add({
      name: 'deliveries',
      everyMs: deliverEveryMs,
      // Not waited for: a receiver that hangs must not keep the others from their turn.
      run: () => void this.#outbox.deliver(() => this.engine.now),
    });
    jobs.add({ name: 'audiences', everyMs: sweepEveryMs, run: () => this.#sweep() });
    jobs.add({ name: 'clicks', everyMs: refitEveryMs, run: () => this.#clicks.refit() });
    jobs.add({ name: 'intent', everyMs: refitEveryMs, run: () => this.#trainIfGrown() });
    jobs.add({
      name: 'response',
      everyMs: learnEveryMs,
      run: () => this.#response.learnIfGrown(this.engine.now),
    });
    jobs.add({ name: 'marketing', everyMs: saveEveryMs, run: () => this.save() });
  }

  /** Folds in what the log has, and from then on every event. */
  async #follow(): Promise<void> {
    const { log } = this.engine.store;
    // What is logged meanwhile waits for its turn.
    let waiting: [number, Event][] | undefined = [];
    this.#stop = this.engine.onEvent((offset, event) => {
      if (waiting) waiting.push([offset, event]);
      else this.#apply(offset, event);
    });
    for await (const { offset, event } of log.read(this.#offset, log.head)) this.#apply(offset, event);
    for (const [offset, event] of waiting) this.#apply(offset, event);
    waiting = undefined;
  }

  /** A shopper was erased: everything is made anew from the log, which does not have them any more. */
  async #foldAnew(user: string): Promise<void> {
    this.#stop();
    const outbox = this.#outbox;
    const { objects } = this.engine.store;
    const definitions = { audiences: this.#audiences.list(), offers: this.#offers.definitions() };
    this.#intent = new Intent();
    this.#audiences = this.#newAudiences();
    this.#offers = new Offers();
    this.#clicks = new ClickRates();
    this.#outbox = this.#newOutbox();
    this.#response = this.#newResponse();
    for (const { members: _, ...audience } of definitions.audiences) this.#audiences.put(audience);
    for (const offer of definitions.offers) this.#offers.put(offer);
    await this.#useTrained(await objects.get(intentKey));
    await this.#response.open();
    this.#offset = 0;
    this.#saved = -1;
    await this.#follow();
    // What was to be told is told once: only the deliveries that waited before go on, unless they name the shopper.
    const names = JSON.stringify(outbox.pack()).includes(JSON.stringify(user));
    this.#outbox = names ? this.#newOutbox() : outbox;
    await this.save();
  }

  /** Writes the folds with the offset that they reflect. */
  async save(): Promise<void> {
    if (this.#saved === this.#offset && this.#outbox.status().waiting === 0) return;
    const offset = this.#offset;
    const packed: PackedMarketing = {
      format,
      offset,
      intent: this.#intent.pack(),
      audiences: this.#audiences.pack(),
      offers: this.#offers.pack(),
      assignments: this.#response.pack(),
      outbox: this.#outbox.pack(),
      clicks: this.#clicks.pack(),
    };
    await this.engine.store.objects.put(stateKey, packr.pack(packed));
    this.#saved = offset;
  }

  async close(): Promise<void> {
    this.#stop();
    await this.save();
  }

  intent(user: string): IntentAnswer {
    return this.#intent.answer(user, this.engine.now);
  }

  reasons(user: string): IntentReason[] {
    return this.#intent.reasons(user, this.engine.now);
  }

  /** Visits under way, likeliest buyers first. */
  current(count: number): IntentAnswer[] {
    return this.#intent.current(this.engine.now, count);
  }

  /** What the trees were measured to be worth; undefined before they are trained. */
  get intentReport(): IntentReport | undefined {
    return this.#report;
  }

  /** Learns intent from the whole log in a thread, and serves with it. Throws `too_little_data` where it cannot. */
  async trainIntent(): Promise<IntentReport> {
    const visits = this.#intent.visitsEnded;
    const trained: SavedIntent = { ...(await runTask('intent', { dir: this.options.dir })), visits };
    await this.engine.store.objects.put(intentKey, packr.pack(trained));
    this.#use(trained);
    return trained.report;
  }

  /** Trees without being asked: once there are visits enough, and anew when there are half as many more. */
  async #trainIfGrown(): Promise<void> {
    const ended = this.#intent.visitsEnded;
    if (ended < leastVisits || ended < visitGrowth * this.#visitsTrained) return;
    this.#visitsTrained = ended;
    try {
      await this.trainIntent();
    } catch (error) {
      // One kind of visit only, so far: the assumptions go on, until there are more.
      if (!(error instanceof EndcapError && error.code === 'too_little_data')) throw error;
    }
  }

  audiences(): (Audience & { members: number })[] {
    return this.#audiences.list().map(withoutSecret);
  }

  audience(id: string): Audience & { members: number } {
    return withoutSecret(this.#audiences.get(id));
  }

  members(id: string, limit = 1_000): { user: string; since: number }[] {
    return this.#audiences.members(id, limit);
  }

  csv(id: string): string {
    return membersCsv(this.#audiences.members(id, Number.MAX_SAFE_INTEGER));
  }

  /** Saves an audience and finds its members among the shoppers known. */
  async putAudience(audience: Audience): Promise<Audience & { members: number }> {
    if (audience.webhook) checkWebhook(audience.webhook.url, audience.webhook.secret, this.#allowed);
    this.#audiences.put(audience);
    await this.#saveDefinitions();
    const users = [...new Set([...this.#intent.fold.pasts.keys(), ...this.#intent.fold.visits.keys()])];
    let at = 0;
    await inSlices(() => {
      this.#audiences.fill(audience.id, users.slice(at, at + 100), this.engine.now);
      at += 100;
      return at < users.length;
    }, 5);
    return this.audience(audience.id);
  }

  async deleteAudience(id: string): Promise<void> {
    this.#audiences.delete(id);
    await this.#saveDefinitions();
  }

  offers(): OfferStatus[] {
    return this.#offers.list(this.engine.now);
  }

  offer(id: string): OfferStatus {
    return this.#offers.status(id, this.engine.now);
  }

  /** What offers take a discount to do: assumed, or learned from what this shop's offers did. */
  response(): ResponseStatus {
    return this.#response.status(this.engine.now);
  }

  /** Learns it now, in a thread. Throws `too_little_data`. */
  async learnResponse(): Promise<ResponseStatus> {
    await this.#response.learn(this.engine.now);
    return this.response();
  }

  /** What a past experiment brought, and who was moved; learned in a thread, one at a time. */
  uplift(table: TrialTable): Promise<UpliftAnswer> {
    const { trial, notes } = readTrial(table);
    return this.#fitUplift(trial, notes);
  }

  /** The same of an offer: its holdout against those whom it was offered to. */
  upliftOfOffer(id: string): Promise<UpliftAnswer> {
    const { holdout } = this.offer(id);
    const compared = this.#response.assignments.compared(id, this.engine.now);
    return this.#fitUplift(trialOf(compared, holdout), []);
  }

  async #fitUplift(trial: Trialled, notes: string[]): Promise<UpliftAnswer> {
    if (this.#fitting)
      throw new EndcapError('too_many_requests', 'Another experiment is being measured', {
        remedy: 'Ask again when it is done',
      });
    this.#fitting = true;
    try {
      const { content, report } = await runTask('uplift', trial);
      const scores = [...predictUplift(content, trial.columns)];
      return { said: upliftSaid(report), increment: incrementSaid(report), report, notes, scores };
    } finally {
      this.#fitting = false;
    }
  }

  async putOffer(input: OfferInput): Promise<OfferStatus> {
    const defaults = input.kind === 'slot' ? { ...offerDefaults, ...slotDefaults } : offerDefaults;
    const offer: Offer = { ...defaults, start: this.engine.now, ...input };
    const known = new Set(this.#audiences.list().map(({ id }) => id));
    checkOffer(offer, {
      now: this.engine.now,
      priceOf: (item) => this.#priceOf(item),
      hasAudience: (id) => known.has(id),
      others: this.#offers.definitions(),
    });
    this.#offers.put(offer);
    await this.#saveDefinitions();
    return this.offer(offer.id);
  }

  async deleteOffer(id: string): Promise<void> {
    this.#offers.delete(id);
    await this.#saveDefinitions();
  }

  /** The offers of a shopper now; what is decided is logged before it is answered. */
  async offersFor(asked: string, count = 3): Promise<GivenOffer[]> {
    const { now } = this.engine;
    const user = asked;
    const { offers, events } = this.#offers.decide(
      {
        user,
        now,
        viewed: this.#viewed(user, now),
        chance: this.#intent.probability(user, now) ?? 0.03,
        features: this.#intent.features(user, now),
        priceOf: (item) => this.#priceOf(item),
        isMember: (audience) => this.#audiences.has(audience, user),
      },
      count,
    );
    if (events.length > 0) await this.engine.ingest(events);
    return offers;
  }

  /** Slots, how often what they show is clicked, carted and bought, and how much their places matter. */
  clicks(): ReturnType<ClickRates['list']> {
    return this.#clicks.list();
  }

  /** Candidates of an advert slot by bid, or margin, times the calibrated rate of their outcome. */
  rankSlot(slot: string, candidates: readonly Candidate[]): { item: string; value: number }[] {
    return this.#clicks.rank(slot, candidates);
  }

  deliveries(): ReturnType<Outbox['status']> {
    return this.#outbox.status();
  }

  retryDead(): number {
    return this.#outbox.retryDead(this.engine.now);
  }

  /** An audience and an offer to begin with, where the shop has none. */
  async addExamples(): Promise<void> {
    if (this.#audiences.list().length > 0 || this.#offers.definitions().length > 0) return;
    await this.putAudience({
      id: 'undecided',
      name: 'Viewed something twice, bought nothing today',
      rule: 'view(same) >= 2 and purchase = 0 in 1 days',
    });
    await this.putAudience({ id: 'regulars', name: 'Ten orders and more', rule: 'orders >= 10' });
    await this.putOffer({
      id: 'come-back',
      name: 'For what you looked at',
      kind: 'coupon',
      items: 'viewed',
      discounts: [0.05, 0.1, 0.15],
      budget: 500,
      end: this.engine.now + 28 * dayMs,
    });
  }

  #apply(offset: number, event: Event): void {
    // Between catching up and listening nothing is missed, and nothing is counted twice.
    if (offset < this.#offset) return;
    this.#offset = offset + 1;
    this.#intent.apply(event);
    this.#offers.apply(event);
    this.#response.apply(event);
    this.#clicks.apply(event, this.#segmentOf(event.user));
    this.#audiences.apply(offset, event);
  }

  #sweep(): void {
    this.#intent.fold.endIdle(this.engine.now);
    this.#audiences.sweep(this.engine.now, sweptAtOnce);
  }

  #look(user: string, now: number): ShopperView {
    const past = this.#intent.fold.pasts.get(user);
    const cart = this.engine.state.cart(user);
    return {
      now,
      events: this.engine.state.profile(user, now).events,
      intent: this.#intent.probability(user, now),
      orders: past?.orders ?? 0,
      spent: past?.spent ?? 0,
      daysSinceOrder: past && past.orders > 0 ? (now - past.lastOrder) / dayMs : Number.POSITIVE_INFINITY,
      cart: Object.values(cart).reduce((sum, units) => sum + units, 0),
    };
  }

  /** The adverts of a list; what was placed is logged without waiting: the read path never waits for a write. */
  #advertise(space: AdvertSpace): readonly Advert[] {
    const { user } = space.request;
    const slots = this.#offers.adverts(user);
    if (slots.length === 0) return [];
    const { adverts, events } = chooseAdverts(slots, this.#clicks, {
      ...space,
      segment: this.#segmentOf(user),
      viewed: () => this.#viewed(user, space.now),
      priceOf: (item) => this.#priceOf(item),
      isMember: (audience) => this.#audiences.has(audience, user),
    });
    if (events.length > 0) this.engine.ingest(events).catch(() => {});
    return adverts;
  }

  /** Shoppers are told apart by what they did in this shop before. */
  #segmentOf(user: string): string {
    const past = this.#intent.fold.pasts.get(user);
    if (!past) return 'new';
    return past.orders > 0 ? 'customer' : 'returning';
  }

  #viewed(user: string, now: number): string[] {
    const { events } = this.engine.state.profile(user, now);
    const bought = new Set(events.filter(({ type }) => type === 'purchase').map(({ item }) => item));
    const viewed = events.filter(
      ({ type, item }) => (type === 'view' || type === 'click') && !bought.has(item),
    );
    return [...new Set(viewed.reverse().map(({ item }) => item))].filter((id) => {
      const item = this.engine.catalogue.get(id);
      return item !== undefined && !item.withdrawn && item.stock !== 0;
    });
  }

  #priceOf(item: string): number | undefined {
    return this.engine.catalogue.get(item)?.price;
  }

  #notify({ key, audience, user, change, time }: Transition): void {
    const { webhook } = this.#audiences.get(audience);
    if (!webhook) return;
    const body = JSON.stringify({ id: key, audience, user, change, time });
    this.#outbox.add({ ...webhook, key, body }, this.engine.now);
  }

  async #useTrained(bytes: Uint8Array | undefined): Promise<void> {
    if (bytes) this.#use(packr.unpack(bytes) as SavedIntent);
  }

  #use({ content, report, visits = 0 }: SavedIntent): void {
    this.#visitsTrained = visits;
    this.#intent.use(content);
    this.#report = report;
  }

  #restore(packed: PackedMarketing): void {
    // Another format, or a log put back from a backup: the folds are made anew from the log.
    if (packed.format !== format || packed.offset > this.engine.store.log.head) return;
    this.#intent.restore(packed.intent);
    this.#audiences.restore(packed.audiences);
    this.#offers.restore(packed.offers);
    this.#response.restore(packed.assignments);
    this.#outbox.restore(packed.outbox);
    this.#clicks.restore(packed.clicks);
    this.#offset = packed.offset;
    this.#saved = packed.offset;
  }

  #saveDefinitions(): Promise<void> {
    const audiences = this.#audiences.list().map(({ members: _, ...audience }) => audience);
    const definitions: Definitions = { audiences, offers: this.#offers.definitions() };
    return writeDefinitions(this.engine.store.objects, definitions);
  }
}

/** A secret is written once and shown to nobody. */
function withoutSecret<T extends Audience>(audience: T): T {
  return audience.webhook ? { ...audience, webhook: { ...audience.webhook, secret: '…' } } : audience;
}
