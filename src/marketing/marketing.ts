import { EndcapError, inSlices, undoAll, warn, whenNobodyLearns } from '../core/index.js';
import { type Projection, packedWhole } from '../projections/index.js';
import type { Advert, AdvertSpace, Engine } from '../recommend/index.js';
import type { Audience } from './audiences/audiences.js';
import { membersCsv } from './audiences/csv.js';
import type { Candidate, ClickRates } from './clicks/rates.js';
import { type Definitions, writeDefinitions } from './definitions.js';
import { checkWebhook, type IsAllowed, isPublicAddress } from './deliveries/address.js';
import type { Outbox } from './deliveries/outbox.js';
import { callWebhook } from './deliveries/webhook.js';
import { EventQueue } from './eventQueue.js';
import { type MarketingFold, openFold, saveOutbox } from './fold.js';
import type { IntentAnswer, IntentReason } from './intent/intent.js';
import type { IntentReport } from './intent/train.js';
import { writeTrained } from './intent/trained.js';
import { chooseAdverts } from './offers/adverts.js';
import type { ResponseStatus } from './offers/learned.js';
import { ResponseLearner } from './offers/learner.js';
import { checkOffer, type Offer, offerDefaults, slotDefaults } from './offers/offer.js';
import type { GivenOffer } from './offers/running.js';
import type { OfferStatus } from './offers/status.js';
import { runTask } from './tasks.js';
import { predictUplift } from './uplift/learners.js';
import { incrementSaid, trialOf, upliftSaid } from './uplift/report.js';
import type { Trialled, UpliftReport } from './uplift/select.js';
import { readTrial, type TrialTable } from './uplift/table.js';

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
/** With so many times the visits of the last look, a past is being sent: what is learned now is outdated at its end. */
const importGrowth = 1.1;
const dayMs = 86_400_000;

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

/** Opens marketing beside an engine: its fold caught up with the log, its jobs running until the engine closes. */
export async function openMarketing(engine: Engine, options: MarketingOptions): Promise<Marketing> {
  const { allowed = isPublicAddress } = options;
  const { objects } = engine.store;
  const fold = await openFold(objects, (call, now) => callWebhook(call, now, { allowed }));
  const marketing = new Marketing(engine, options, fold);
  await marketing.open();
  return marketing;
}

/** Intent, audiences, offers and deliveries of one shop. */
export class Marketing {
  readonly #allowed: IsAllowed;
  readonly #projection: Projection;
  readonly #response: ResponseLearner;
  readonly #logged: EventQueue;
  /** Whether an experiment is being measured. */
  #fitting = false;
  #saved = -1;
  /** Visits when it was last looked whether there are enough. */
  #visitsBefore = 0;
  /** How to take out what `open` put into the engine. */
  #undo: (() => unknown)[] = [];
  readonly #ending = new AbortController();

  constructor(
    private readonly engine: Engine,
    private readonly options: MarketingOptions,
    private readonly fold: MarketingFold,
  ) {
    this.#allowed = options.allowed ?? isPublicAddress;
    this.#projection = packedWhole(fold);
    const { assignments, offers } = fold;
    this.#logged = new EventQueue((events) => engine.ingest(events), warn);
    this.#response = new ResponseLearner(engine.store.objects, assignments, (content) => offers.use(content));
  }

  /** Joins the folds of the engine, and does from now on what is to happen by itself. */
  async open(): Promise<void> {
    const { jobs } = this.engine;
    const job = (name: string, everyMs: number, run: () => unknown): void =>
      void this.#undo.push(jobs.add({ name, everyMs, run }));
    this.#undo.push(await this.engine.follow(this.#projection));
    try {
      this.fold.live();
      this.#visitsBefore = this.fold.intent.visitsEnded;
      await this.#response.open();
      this.engine.useAdverts((space) => this.#advertise(space));
      this.#undo.push(() => this.engine.useAdverts(() => []));
      // The state has forgotten the shoppers already: what is saved aside follows.
      this.#undo.push(
        this.engine.onErase((users) => {
          this.#logged.forget(users);
          return this.#saveOutbox();
        }),
      );
      // Not waited for: a receiver that hangs must not keep the others from their turn.
      job('deliveries', deliverEveryMs, () => void this.#changing().outbox.deliver(() => this.engine.now));
      job('audiences', sweepEveryMs, () => this.#sweep());
      job('clicks', refitEveryMs, () => this.#changing().clicks.refit());
      job('intent', refitEveryMs, () => this.#inTurn(() => this.#trainIfGrown()));
      job('response', learnEveryMs, () => this.#inTurn(() => this.#response.learnIfGrown(this.engine.now)));
      this.#undo.push(() => this.#ending.abort());
      job('offers', deliverEveryMs, () => this.#logged.retry());
      job('marketing', saveEveryMs, () => this.#saveOutboxIfDue());
    } catch (error) {
      await undoAll(this.#undo);
      throw error;
    }
  }

  /** Writes what is folded, and the deliveries that wait. */
  async save(): Promise<void> {
    await this.engine.state.checkpoint();
    await this.#saveOutboxIfDue();
  }

  /** Takes everything out of the engine, which stays open, and writes what is to be kept. */
  async close(): Promise<void> {
    await this.#logged
      .flush()
      .catch((error) => warn(error, `${this.#logged.status.waiting} events of offers are lost`));
    await undoAll(this.#undo);
    // What stands in the way of that, such as a folder that is gone, keeps nothing else open.
    await this.#saveOutboxIfDue().catch((error) => warn(error, 'the outbox was not written'));
  }

  intent(user: string): IntentAnswer {
    return this.fold.intent.answer(user, this.engine.now);
  }

  reasons(user: string): IntentReason[] {
    return this.fold.intent.reasons(user, this.engine.now);
  }

  /** Visits under way, likeliest buyers first. */
  current(count: number): IntentAnswer[] {
    return this.fold.intent.current(this.engine.now, count);
  }

  /** What the trees were measured to be worth; undefined before they are trained. */
  get intentReport(): IntentReport | undefined {
    return this.fold.report;
  }

  /** Learns intent from the whole log in a thread, and serves with it. Throws `too_little_data` where it cannot. */
  async trainIntent(): Promise<IntentReport> {
    const visits = this.fold.intent.visitsEnded;
    const trained = { ...(await runTask('intent', { dir: this.options.dir })), visits };
    await writeTrained(this.engine.store.objects, trained);
    this.#changing().use(trained);
    return trained.report;
  }

  /** What nobody waits for learns when nothing else does, and not any more once this closes. */
  async #inTurn(learn: () => Promise<void>): Promise<void> {
    const { signal } = this.#ending;
    try {
      await whenNobodyLearns(learn, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Trees without being asked: once there are visits enough, and anew when there are half as many more, in quiet. */
  async #trainIfGrown(): Promise<void> {
    const ended = this.fold.intent.visitsEnded;
    const before = this.#visitsBefore;
    this.#visitsBefore = ended;
    if (ended < leastVisits || ended < visitGrowth * this.fold.visitsTrained) return;
    if (ended > importGrowth * before) return;
    this.fold.visitsTrained = ended;
    try {
      await this.trainIntent();
    } catch (error) {
      // One kind of visit only, so far: the assumptions go on, until there are more.
      if (!(error instanceof EndcapError && error.code === 'too_little_data')) throw error;
    }
  }

  audiences(): (Audience & { members: number })[] {
    return this.fold.audiences.list().map(withoutSecret);
  }

  audience(id: string): Audience & { members: number } {
    return withoutSecret(this.fold.audiences.get(id));
  }

  members(id: string, limit = 1_000): { user: string; since: number }[] {
    return this.fold.audiences.members(id, limit);
  }

  csv(id: string): string {
    return membersCsv(this.fold.audiences.members(id, Number.MAX_SAFE_INTEGER));
  }

  /** Saves an audience and finds its members among the shoppers known. */
  async putAudience(audience: Audience): Promise<Audience & { members: number }> {
    if (audience.webhook) checkWebhook(audience.webhook.url, audience.webhook.secret, this.#allowed);
    this.#changing().audiences.put(audience);
    await this.#saveDefinitions();
    const { pasts, visits } = this.fold.intent.fold;
    const users = [...new Set([...pasts.keys(), ...Array.from(visits, ({ user }) => user)])];
    let at = 0;
    await inSlices(() => {
      this.#changing().audiences.fill(audience.id, users.slice(at, at + 100), this.engine.now);
      at += 100;
      return at < users.length;
    }, 5);
    return this.audience(audience.id);
  }

  async deleteAudience(id: string): Promise<void> {
    this.#changing().audiences.delete(id);
    await this.#saveDefinitions();
  }

  offers(): OfferStatus[] {
    return this.fold.offers.list(this.engine.now);
  }

  offer(id: string): OfferStatus {
    return this.fold.offers.status(id, this.engine.now);
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
    const compared = this.fold.assignments.compared(id, this.engine.now);
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
    const known = new Set(this.fold.audiences.list().map(({ id }) => id));
    checkOffer(offer, {
      now: this.engine.now,
      priceOf: (item) => this.#priceOf(item),
      hasAudience: (id) => known.has(id),
      others: this.fold.offers.definitions(),
    });
    this.#changing().offers.put(offer);
    await this.#saveDefinitions();
    return this.offer(offer.id);
  }

  async deleteOffer(id: string): Promise<void> {
    this.#changing().offers.delete(id);
    await this.#saveDefinitions();
  }

  /**
   * The offers of a shopper now; what is decided is logged before it is answered. Where it cannot be, the error of the
   * log is thrown, and nothing is decided before what was is logged.
   */
  async offersFor(user: string, count = 3): Promise<GivenOffer[]> {
    if (this.#logged.failing) await this.#logged.flush();
    const { now } = this.engine;
    const { offers, events } = this.#changing().offers.decide(
      {
        user,
        now,
        viewed: this.#viewed(user, now),
        chance: this.fold.intent.probability(user, now) ?? 0.03,
        features: this.fold.intent.features(user, now),
        priceOf: (item) => this.#priceOf(item),
        isMember: (audience) => this.fold.audiences.has(audience, user),
      },
      count,
    );
    // Also what another request decided for this shopper a moment ago.
    if (offers.length > 0 || events.length > 0) await this.#logged.flush(events);
    return offers;
  }

  /** Events of offers and adverts that wait to be logged because an append failed, and how many appends have. */
  get logging(): EventQueue['status'] {
    return this.#logged.status;
  }

  /** Slots, how often what they show is clicked, carted and bought, and how much their places matter. */
  clicks(): ReturnType<ClickRates['list']> {
    return this.fold.clicks.list();
  }

  /** Candidates of an advert slot by bid, or margin, times the calibrated rate of their outcome. */
  rankSlot(slot: string, candidates: readonly Candidate[]): { item: string; value: number }[] {
    return this.fold.clicks.rank(slot, candidates);
  }

  deliveries(): ReturnType<Outbox['status']> {
    return this.fold.outbox.status();
  }

  retryDead(): number {
    return this.#changing().outbox.retryDead(this.engine.now);
  }

  /** An audience and an offer to begin with, where the shop has none. */
  async addExamples(): Promise<void> {
    if (this.fold.audiences.list().length > 0 || this.fold.offers.definitions().length > 0) return;
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

  /** The fold, about to change otherwise than by an event. */
  #changing(): MarketingFold {
    this.#projection.dirty.touch(0);
    return this.fold;
  }

  #sweep(): void {
    const { intent, audiences } = this.#changing();
    intent.fold.endIdle(this.engine.now, sweptAtOnce);
    audiences.sweep(this.engine.now, sweptAtOnce);
  }

  async #saveOutboxIfDue(): Promise<void> {
    if (this.#saved !== this.engine.state.offset || this.fold.outbox.status().waiting > 0)
      await this.#saveOutbox();
  }

  async #saveOutbox(): Promise<void> {
    const { offset } = this.engine.state;
    await saveOutbox(this.engine.store.objects, this.fold.outbox, offset);
    this.#saved = offset;
  }

  /**
   * The adverts of a list; what was placed is logged without waiting: the read path never waits for a write. While the log
   * takes nothing, no adverts are placed: their clicks would be paid for by nobody.
   */
  #advertise(space: AdvertSpace): readonly Advert[] {
    if (this.#logged.failing) return [];
    const { user } = space.request;
    const slots = this.fold.offers.adverts(user);
    if (slots.length === 0) return [];
    const { adverts, events } = chooseAdverts(slots, this.fold.clicks, {
      ...space,
      segment: this.fold.segmentOf(user),
      viewed: () => this.#viewed(user, space.now),
      priceOf: (item) => this.#priceOf(item),
      isMember: (audience) => this.fold.audiences.has(audience, user),
    });
    this.#logged.send(events);
    return adverts;
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

  #saveDefinitions(): Promise<void> {
    const audiences = this.fold.audiences.list().map(({ members: _, ...audience }) => audience);
    const definitions: Definitions = { audiences, offers: this.fold.offers.definitions() };
    return writeDefinitions(this.engine.store.objects, definitions);
  }
}

/** A secret is written once and shown to nobody. */
function withoutSecret<T extends Audience>(audience: T): T {
  return audience.webhook ? { ...audience, webhook: { ...audience.webhook, secret: '…' } } : audience;
}
