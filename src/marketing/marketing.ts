import { inSlices } from '../core/index.js';
import { type Projection, packedWhole } from '../projections/index.js';
import type { Engine } from '../recommend/index.js';
import type { Audience } from './audiences/audiences.js';
import { membersCsv } from './audiences/csv.js';
import type { ClickRates, Outcome } from './clicks/rates.js';
import { type Definitions, writeDefinitions } from './definitions.js';
import { checkWebhook, type IsAllowed, isPublicAddress } from './deliveries/address.js';
import type { Outbox } from './deliveries/outbox.js';
import { callWebhook } from './deliveries/webhook.js';
import { type MarketingFold, openFold, saveOutbox } from './fold.js';
import type { IntentAnswer, IntentReason } from './intent/intent.js';
import { trainInThread } from './intent/thread.js';
import type { IntentReport } from './intent/train.js';
import { writeTrained } from './intent/trained.js';
import { checkOffer, type Offer, offerDefaults } from './offers/offer.js';
import type { GivenOffer, OfferStatus } from './offers/offers.js';

/** How often deliveries are tried, members looked at for time, and the state is written, ms. */
const deliverEveryMs = 500;
const sweepEveryMs = 1_000;
const sweptAtOnce = 500;
const saveEveryMs = 60_000;
const refitEveryMs = 30_000;
const dayMs = 86_400_000;

export interface MarketingOptions {
  /** Folder of the shop: training reads its log in a thread of its own. */
  dir: string;
  /** Addresses that webhooks may go to; those of the open internet by default. */
  allowed?: IsAllowed;
}

/** What the operator gives of an offer; the rest has defaults. */
export type OfferInput = Omit<Offer, 'cap' | 'holdout' | 'margin' | 'start'> & Partial<Offer>;

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
  #saved = -1;
  #leave: () => Promise<void> = async () => {};

  constructor(
    private readonly engine: Engine,
    private readonly options: MarketingOptions,
    private readonly fold: MarketingFold,
  ) {
    this.#allowed = options.allowed ?? isPublicAddress;
    this.#projection = packedWhole(fold);
  }

  /** Joins the folds of the engine, and does from now on what is to happen by itself. */
  async open(): Promise<void> {
    this.#leave = await this.engine.follow(this.#projection);
    this.fold.live();
    // The state has forgotten the shopper already: what is saved aside follows.
    this.engine.onErase(() => this.#saveOutbox());
    const { jobs } = this.engine;
    jobs.add({
      name: 'deliveries',
      everyMs: deliverEveryMs,
      run: () => this.#changing().outbox.deliver(() => this.engine.now),
    });
    jobs.add({ name: 'audiences', everyMs: sweepEveryMs, run: () => this.#sweep() });
    jobs.add({ name: 'clicks', everyMs: refitEveryMs, run: () => this.#changing().clicks.refit() });
    jobs.add({ name: 'marketing', everyMs: saveEveryMs, run: () => this.#saveOutboxIfDue() });
  }

  /** Writes what is folded, and the deliveries that wait. */
  async save(): Promise<void> {
    await this.engine.state.checkpoint();
    await this.#saveOutboxIfDue();
  }

  async close(): Promise<void> {
    await this.#leave();
    await this.#saveOutboxIfDue();
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
    const trained = await trainInThread(this.options.dir);
    await writeTrained(this.engine.store.objects, trained);
    this.#changing().use(trained);
    return trained.report;
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
    const users = [
      ...new Set([...this.fold.intent.fold.pasts.keys(), ...this.fold.intent.fold.visits.keys()]),
    ];
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

  async putOffer(input: OfferInput): Promise<OfferStatus> {
    const offer: Offer = { ...offerDefaults, start: this.engine.now, ...input };
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

  /** The offers of a shopper now; what is decided is logged before it is answered. */
  async offersFor(asked: string, count = 3): Promise<GivenOffer[]> {
    const { now } = this.engine;
    const user = asked;
    const { offers, events } = this.#changing().offers.decide(
      {
        user,
        now,
        viewed: this.#viewed(user, now),
        chance: this.fold.intent.probability(user, now) ?? 0.03,
        priceOf: (item) => this.#priceOf(item),
        isMember: (audience) => this.fold.audiences.has(audience, user),
      },
      count,
    );
    if (events.length > 0) await this.engine.ingest(events);
    return offers;
  }

  /** Slots, how often what they show is clicked, carted and bought, and how much their places matter. */
  clicks(): ReturnType<ClickRates['list']> {
    return this.fold.clicks.list();
  }

  /** Candidates of an advert slot by bid, or margin, times the calibrated rate of their outcome. */
  rankSlot(
    slot: string,
    candidates: readonly { item: string; worth: number; outcome?: Outcome }[],
  ): { item: string; value: number }[] {
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
    intent.fold.endIdle(this.engine.now);
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
