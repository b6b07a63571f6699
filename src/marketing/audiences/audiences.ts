import { EndcapError, type Event, idPattern } from '../../core/index.js';
import { type CompiledRule, compileRule, type ShopperView } from './rule.js';

/** A saved rule. Who fits it is a member, from the event that makes it so. */
export interface Audience {
  id: string;
  name: string;
  /** See `compileRule`. */
  rule: string;
  /** Told of who enters and who leaves. */
  webhook?: { url: string; secret: string };
}

/** Somebody entered or left. `key` is the same when the log is folded again. */
export interface Transition {
  key: string;
  audience: string;
  user: string;
  change: 'entered' | 'left';
  time: number;
}

const mostAudiences = 100;
/** Members kept of each audience; who comes after is counted and not listed. */
const mostMembers = 200_000;

interface Kept {
  audience: Audience;
  rule: CompiledRule;
  members: Map<string, number>;
}

export interface PackedAudiences {
  members: [string, [string, number][]][];
}

/**
 * Members of each audience: a fold of the log. After each event its shopper is looked at anew; whom time alone moves is
 * found by `sweep`. `look` says what is known of a shopper after the event.
 */
export class Audiences {
  private readonly kept = new Map<string, Kept>();
  private sweeping: Iterator<() => Transition | undefined> | undefined;

  constructor(
    private readonly look: (user: string, now: number) => ShopperView,
    private readonly told: (transition: Transition) => void = () => {},
  ) {}

  /** Saves an audience; one of the same id is replaced, and its members are found anew by `fill`. */
  put(audience: Audience): void {
    if (!audience.id || audience.id.length > 64 || !new RegExp(idPattern, 'u').test(audience.id))
      throw invalid('id', 'must be 1 to 64 plain characters');
    const known = this.kept.get(audience.id);
    if (!known && this.kept.size >= mostAudiences)
      throw invalid('id', `would be one more than the ${mostAudiences} audiences there may be`);
    const rule = compileRule(audience.rule);
    const members =
      known && known.audience.rule === audience.rule ? known.members : new Map<string, number>();
    this.kept.set(audience.id, { audience, rule, members });
  }

  delete(id: string): void {
    this.require(id);
    this.kept.delete(id);
  }

  list(): (Audience & { members: number })[] {
    return [...this.kept.values()].map(({ audience, members }) => ({ ...audience, members: members.size }));
  }

  get(id: string): Audience & { members: number } {
    const { audience, members } = this.require(id);
    return { ...audience, members: members.size };
  }

  has(id: string, user: string): boolean {
    return this.kept.get(id)?.members.has(user) ?? false;
  }

  /** Members, last to enter first, with when they entered. */
  members(id: string, limit: number): { user: string; since: number }[] {
    return [...this.require(id).members]
      .slice(-limit)
      .reverse()
      .map(([user, since]) => ({ user, since }));
  }

  /** Looks at the shopper of one event. `offset` makes the key of a transition. */
  apply(offset: number, event: Event): void {
    if (event.type === 'impression') return;
    if (event.type === 'identify') {
      const anonymous = event.context?.anonymous;
      if (typeof anonymous === 'string') this.leaveAll(anonymous, offset, event.time);
    }
    if (this.kept.size === 0) return;
    const view = this.look(event.user, event.time);
    for (const kept of this.kept.values()) this.update(kept, event.user, view, String(offset));
  }

  /** Looks at everybody given, for a new audience. */
  fill(id: string, users: Iterable<string>, now: number): void {
    const kept = this.require(id);
    for (const user of users) this.update(kept, user, this.look(user, now), `fill:${now}`);
  }

  /** Looks again at up to `limit` members whom time alone may have moved; begins anew when all were looked at. */
  sweep(now: number, limit: number): void {
    this.sweeping ??= this.due(now);
    for (let looked = 0; looked < limit; looked++) {
      const { value, done } = this.sweeping.next();
      if (done) {
        this.sweeping = undefined;
        return;
      }
      value();
    }
  }

  private *due(now: number): Generator<() => undefined> {
    for (const kept of [...this.kept.values()].filter(({ rule }) => rule.passes)) {
      for (const user of [...kept.members.keys()]) {
        yield () => {
          this.update(kept, user, this.look(user, now), `time:${now}`);
        };
      }
    }
  }

  private update({ audience, rule, members }: Kept, user: string, view: ShopperView, place: string): void {
    const fits = rule.test(view);
    if (fits === members.has(user)) return;
    if (fits && members.size >= mostMembers) return;
    if (fits) members.set(user, view.now);
    else members.delete(user);
    this.tell(audience.id, user, fits ? 'entered' : 'left', view.now, place);
  }

  private leaveAll(user: string, offset: number, time: number): void {
    for (const { audience, members } of this.kept.values())
      if (members.delete(user)) this.tell(audience.id, user, 'left', time, String(offset));
  }

  private tell(
    audience: string,
    user: string,
    change: Transition['change'],
    time: number,
    place: string,
  ): void {
    this.told({ key: `${audience}/${place}/${user}/${change}`, audience, user, change, time });
  }

  private require(id: string): Kept {
    const kept = this.kept.get(id);
    if (kept) return kept;
    const message = `There is no audience "${id}"`;
    throw new EndcapError('unknown_audience', message, { errors: [{ field: 'audience', message }] });
  }

  /** Takes an erased shopper out of every audience; nobody is told. */
  forget(user: string): void {
    for (const { members } of this.kept.values()) members.delete(user);
  }

  pack(): PackedAudiences {
    return { members: [...this.kept].map(([id, { members }]) => [id, [...members]]) };
  }

  /** After every audience was `put`. */
  restore({ members }: PackedAudiences): void {
    for (const [id, list] of members) {
      const kept = this.kept.get(id);
      if (!kept) continue;
      kept.members.clear();
      for (const [user, since] of list) kept.members.set(user, since);
    }
  }
}

function invalid(field: string, message: string): EndcapError {
  return new EndcapError('invalid_audience', `${field} ${message}`, { errors: [{ field, message }] });
}
