import { Packr } from 'msgpackr';
import type { Event } from '../core/index.js';
import type { ShopperViews, WholeFold } from '../projections/index.js';
import { type ObjectStore, packAlone, unpackAlone } from '../storage/index.js';
import { Audiences, type PackedAudiences, type Transition } from './audiences/audiences.js';
import type { ShopperView } from './audiences/rule.js';
import { ClickRates, type PackedRates } from './clicks/rates.js';
import { type Definitions, readDefinitions } from './definitions.js';
import { Outbox, type PackedOutbox } from './deliveries/outbox.js';
import type { WebhookCall } from './deliveries/webhook.js';
import { Intent, type PackedIntent } from './intent/intent.js';
import type { IntentReport } from './intent/train.js';
import { readTrained, type SavedIntent } from './intent/trained.js';
import { Assignments, type PackedAssignments } from './offers/assignments.js';
import { offerDefaults } from './offers/offer.js';
import { Offers, type PackedOffers } from './offers/offers.js';

const packr = new Packr({ useRecords: false, moreTypes: true });
const dayMs = 86_400_000;
const outboxKey = 'marketing/outbox.bin';
/** Where a version before kept the folds and the deliveries in one. */
const formerKey = 'marketing/state.bin';

interface PackedMarketing {
  intent: PackedIntent;
  audiences: PackedAudiences;
  offers: PackedOffers;
  assignments: PackedAssignments;
  outbox: PackedOutbox;
  clicks: PackedRates;
}

/** Deliveries that wait, and up to which event of the log they were noted. */
interface SavedOutbox {
  offset: number;
  outbox: PackedOutbox;
}

/**
 * Intent, audiences, offers and clicks of one shop: a fold of the log under what the operator has defined. Deliveries
 * are no fold (whether one arrived stands in no log), so they are saved aside, too: a fold that is made anew tells
 * nobody again of what was told.
 */
export class MarketingFold implements WholeFold {
  readonly name = 'marketing';
  readonly version = 8;
  /** It may be many megabytes: what came since is read from the log again after a start. */
  readonly checkpointEveryMs = 60_000;
  readonly intent = new Intent();
  readonly offers = new Offers();
  /** What shoppers were offered and what came of it, to learn from. */
  readonly assignments = new Assignments();
  readonly clicks = new ClickRates();
  readonly audiences: Audiences;
  readonly outbox: Outbox;
  /** What the trees in service were measured to be worth. */
  report: IntentReport | undefined;
  /** Visits there were when trees were last trained, or tried. */
  visitsTrained = 0;
  #shoppers: ShopperViews | undefined;
  /** Event that is folded in, and the first whose transitions are not in the outbox yet. */
  #at = 0;
  #untold = 0;

  constructor(
    { audiences, offers }: Definitions,
    trained: SavedIntent | undefined,
    call?: (call: WebhookCall, now: number) => Promise<void>,
  ) {
    this.audiences = new Audiences(
      (user, now) => this.#look(user, now),
      (transition) => this.#tell(transition),
    );
    this.outbox = new Outbox(call);
    for (const audience of audiences) this.audiences.put(audience);
    for (const offer of offers) this.offers.put({ ...offerDefaults, ...offer });
    if (trained) this.use(trained);
  }

  /** Takes trees into service. */
  use({ content, report, visits = 0 }: SavedIntent): void {
    this.visitsTrained = visits;
    this.intent.use(content);
    this.report = report;
  }

  within(shoppers: ShopperViews): void {
    this.#shoppers = shoppers;
  }

  apply(offset: number, event: Event, handles?: readonly number[]): void {
    this.#at = offset;
    if (event.robot) return;
    this.intent.apply(event, handles);
    this.offers.apply(event);
    this.assignments.apply(event);
    this.clicks.apply(event, event.type === 'impression' ? this.segmentOf(event.user) : '');
    this.audiences.apply(offset, event);
  }

  /** It is level with the log: whatever moves from now on is told. */
  live(): void {
    this.#untold = 0;
  }

  forget(users: ReadonlySet<string>): void {
    for (const user of users) {
      this.intent.forget(user);
      this.audiences.forget(user);
      this.offers.forget(user);
      this.clicks.forget(user);
    }
    this.assignments.forget(users);
    this.outbox.forget(users);
  }

  pack(): Uint8Array {
    const packed: PackedMarketing = {
      intent: this.intent.pack(),
      audiences: this.audiences.pack(),
      offers: this.offers.pack(),
      assignments: this.assignments.pack(),
      outbox: this.outbox.pack(),
      clicks: this.clicks.pack(),
    };
    return packAlone(packr, packed);
  }

  restore(bytes: unknown): void {
    const packed = unpackAlone(packr, bytes as Uint8Array) as PackedMarketing;
    this.intent.restore(packed.intent);
    this.audiences.restore(packed.audiences);
    this.offers.restore(packed.offers);
    this.assignments.restore(packed.assignments);
    this.outbox.restore(packed.outbox);
    this.clicks.restore(packed.clicks);
    // The deliveries are of the same event as the rest: what comes after it is to be told.
    this.#untold = 0;
  }

  /** Takes the deliveries that were saved aside: what the log says up to then is not told again. */
  useOutbox({ offset, outbox }: SavedOutbox): void {
    this.outbox.restore(outbox);
    this.#untold = offset;
  }

  /** Shoppers are told apart by what they did in this shop before. */
  segmentOf(user: string): string {
    const past = this.intent.fold.pasts.get(user);
    if (!past) return 'new';
    return past.orders > 0 ? 'customer' : 'returning';
  }

  #look(user: string, now: number): ShopperView {
    const past = this.intent.fold.pasts.get(user);
    const cart = this.#shoppers!.cart(user);
    return {
      now,
      events: this.#shoppers!.profile(user, now).events,
      intent: this.intent.probability(user, now),
      orders: past?.orders ?? 0,
      spent: past?.spent ?? 0,
      daysSinceOrder: past && past.orders > 0 ? (now - past.lastOrder) / dayMs : Number.POSITIVE_INFINITY,
      cart: Object.values(cart).reduce((sum, units) => sum + units, 0),
    };
  }

  #tell({ key, audience, user, change, time }: Transition): void {
    const { webhook } = this.audiences.get(audience);
    if (!webhook || this.#at < this.#untold) return;
    const body = JSON.stringify({ id: key, audience, user, change, time });
    this.outbox.add({ ...webhook, key, body }, time);
  }
}

/** The fold as it is before the first event, with what the operator has saved of the shop. */
export async function openFold(
  objects: ObjectStore,
  call?: (call: WebhookCall, now: number) => Promise<void>,
): Promise<MarketingFold> {
  const definitions = await readDefinitions(objects);
  const fold = new MarketingFold(definitions, await readTrained(objects), call);
  const saved = await readOutbox(objects);
  if (saved) fold.useOutbox(saved);
  return fold;
}

export async function saveOutbox(objects: ObjectStore, outbox: Outbox, offset: number): Promise<void> {
  const saved: SavedOutbox = { offset, outbox: outbox.pack() };
  await objects.put(outboxKey, packr.pack(saved));
  if (await objects.get(formerKey)) await objects.delete(formerKey);
}

/** Takes shoppers who are erased out of the deliveries of a shop that nobody serves. */
export async function forgetDeliveries(objects: ObjectStore, users: readonly string[]): Promise<void> {
  const saved = await readOutbox(objects);
  if (!saved) return;
  const outbox = new Outbox();
  outbox.restore(saved.outbox);
  outbox.forget(new Set(users));
  await saveOutbox(objects, outbox, saved.offset);
}

async function readOutbox(objects: ObjectStore): Promise<SavedOutbox | undefined> {
  const bytes = (await objects.get(outboxKey)) ?? (await objects.get(formerKey));
  return bytes && (packr.unpack(bytes) as SavedOutbox);
}
