import { callWebhook, type WebhookCall } from './webhook.js';

/** A delivery that waits, or was given up. */
export interface Delivery extends WebhookCall {
  attempts: number;
  /** When it is tried next, ms. */
  due: number;
  /** Why the last attempt failed. */
  fault?: string;
}

const mostAttempts = 8;
const firstPauseMs = 1_000;
const longestPauseMs = 60 * 60_000;
/** Deliveries that may wait; what comes after goes to the dead letters, where it can be seen and sent again. */
const mostWaiting = 100_000;
const mostDead = 10_000;
const atOnce = 8;

export interface PackedOutbox {
  waiting: Delivery[];
  dead: Delivery[];
  sent: number;
  dropped: number;
}

/** Deliveries under way: tried with growing pauses, then put aside as dead letters, never forgotten silently. */
export class Outbox {
  private waiting = new Map<string, Delivery>();
  private dead = new Map<string, Delivery>();
  /** Receivers that are being called. */
  private readonly busy = new Set<string>();
  sent = 0;
  /** Dead letters that had to make room for newer ones. */
  dropped = 0;

  constructor(private readonly call: (call: WebhookCall, now: number) => Promise<void> = callWebhook) {}

  /** Takes a delivery; the same key again changes nothing. */
  add(call: WebhookCall, now: number): void {
    if (this.waiting.has(call.key) || this.dead.has(call.key)) return;
    const delivery: Delivery = { ...call, attempts: 0, due: now };
    if (this.waiting.size >= mostWaiting) this.bury({ ...delivery, fault: 'too many deliveries wait' });
    else this.waiting.set(call.key, delivery);
  }

  /**
   * Tries what is due, a few at a time for each receiver; one that hangs holds up nobody else, and is not tried further
   * in this round when all of a few have failed. Resolves when what was begun has ended.
   */
  async deliver(now: () => number): Promise<void> {
    const due = [...this.waiting.values()].filter(({ due, url }) => due <= now() && !this.busy.has(url));
    const receivers = new Map<string, Delivery[]>();
    for (const delivery of due)
      if (!receivers.get(delivery.url)?.push(delivery)) receivers.set(delivery.url, [delivery]);
    await Promise.all([...receivers].map(([url, deliveries]) => this.deliverTo(url, deliveries, now)));
  }

  private async deliverTo(url: string, due: readonly Delivery[], now: () => number): Promise<void> {
    this.busy.add(url);
    try {
      for (let from = 0; from < due.length; from += atOnce) {
        const few = due.slice(from, from + atOnce);
        const arrived = await Promise.all(few.map((delivery) => this.attempt(delivery, now)));
        if (!arrived.includes(true)) return;
      }
    } finally {
      this.busy.delete(url);
    }
  }

  /** Puts every dead letter back in line. */
  retryDead(now: number): number {
    const letters = [...this.dead.values()];
    this.dead.clear();
    for (const letter of letters) this.waiting.set(letter.key, { ...letter, attempts: 0, due: now });
    return letters.length;
  }

  status(): {
    waiting: number;
    sent: number;
    dropped: number;
    dead: { key: string; url: string; fault: string }[];
  } {
    return {
      waiting: this.waiting.size,
      sent: this.sent,
      dropped: this.dropped,
      dead: [...this.dead.values()].map(({ key, url, fault }) => ({ key, url, fault: fault ?? '' })),
    };
  }

  /** Whether it arrived. */
  private async attempt(delivery: Delivery, now: () => number): Promise<boolean> {
    try {
      await this.call(delivery, now());
      this.waiting.delete(delivery.key);
      this.sent++;
      return true;
    } catch (error) {
      delivery.attempts++;
      delivery.fault = error instanceof Error ? error.message : String(error);
      delivery.due = now() + Math.min(longestPauseMs, firstPauseMs * 4 ** (delivery.attempts - 1));
      if (delivery.attempts >= mostAttempts) this.bury(delivery);
      return false;
    }
  }

  private bury(delivery: Delivery): void {
    this.waiting.delete(delivery.key);
    this.dead.set(delivery.key, delivery);
    if (this.dead.size <= mostDead) return;
    this.dead.delete(this.dead.keys().next().value!);
    this.dropped++;
  }

  /** Drops the deliveries that tell of shoppers. */
  forget(users: ReadonlySet<string>): void {
    for (const letters of [this.waiting, this.dead])
      for (const { key, body } of letters.values())
        if (users.has((JSON.parse(body) as { user: string }).user)) letters.delete(key);
  }

  pack(): PackedOutbox {
    return {
      waiting: [...this.waiting.values()],
      dead: [...this.dead.values()],
      sent: this.sent,
      dropped: this.dropped,
    };
  }

  restore({ waiting, dead, sent, dropped }: PackedOutbox): void {
    this.waiting = new Map(waiting.map((delivery) => [delivery.key, { ...delivery }]));
    this.dead = new Map(dead.map((delivery) => [delivery.key, { ...delivery }]));
    this.sent = sent;
    this.dropped = dropped;
  }
}
