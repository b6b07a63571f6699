import type { Event, EventItem } from '../core/index.js';

/** Events that bring an order in the log to what a later export says it is. */
export interface Edit {
  events: Event[];
  unitsAdded: number;
  unitsTaken: number;
}

/** Whether an event is an order, whose lines may change from export to export. */
export const isOrder = ({ id, type }: Event): boolean => type === 'purchase' && id.startsWith('order:');

/** The order of which an event in the log is a later part: an edit of it, or a line that was corrected. */
export const orderOfPart = (id: string): string | undefined =>
  /^(order:.*?):(?:edit\d+(?::refund)?|[0-9a-f]{32})$/.exec(id)?.[1];

/**
 * What changed of an order: `logged` is all that the log has of it, `now` what an export says. Units that came are a
 * purchase, units that went are a refund, both under ids of their own, so that reading the export again changes nothing.
 * Undefined where nothing changed. Of an order of which lines were set aside (`partial`) nothing is taken out: the
 * missing lines may be those; and what the log says was given back (`returned`, units by item) is not taken once more.
 */
export function editOf(
  logged: readonly Event[],
  now: Event,
  { partial, returned }: { partial: boolean; returned?: Map<string, number> | undefined },
): Edit | undefined {
  const units = new Map<string, number>();
  for (const { type, items } of logged)
    for (const { id, quantity = 1 } of items)
      units.set(id, (units.get(id) ?? 0) + (type === 'refund' ? -quantity : quantity));
  const wanted = new Map<string, number>();
  const prices = new Map<string, number>();
  for (const { id, quantity = 1, price } of now.items) {
    wanted.set(id, (wanted.get(id) ?? 0) + quantity);
    if (price !== undefined) prices.set(id, price);
  }
  const added: EventItem[] = [];
  const taken: EventItem[] = [];
  for (const id of new Set([...wanted.keys(), ...units.keys()])) {
    const change = (wanted.get(id) ?? 0) - (units.get(id) ?? 0);
    const price = prices.get(id);
    const before = change < 0 ? Math.min(-change, returned?.get(id) ?? 0) : 0;
    if (before > 0) returned!.set(id, returned!.get(id)! - before);
    const quantity = Math.abs(change) - before;
    const line = { id, quantity, ...(price === undefined ? {} : { price }) };
    if (quantity < 1e-9) continue;
    if (change > 0) added.push(line);
    else if (!partial) taken.push(line);
  }
  if (added.length === 0 && taken.length === 0) return undefined;
  const before = logged
    .filter(({ id }) => /:edit\d+(:refund)?$/.test(id))
    .map(({ id }) => /:edit(\d+)/.exec(id)![1]!);
  const edit = `${now.id}:edit${Math.max(0, ...before.map(Number)) + 1}`;
  const events: Event[] = [];
  if (added.length > 0) events.push({ ...now, id: edit, items: added });
  if (taken.length > 0) events.push({ ...now, id: `${edit}:refund`, type: 'refund', items: taken });
  const sum = (items: readonly EventItem[]): number =>
    items.reduce((total, { quantity = 1 }) => total + quantity, 0);
  return { events, unitsAdded: sum(added), unitsTaken: sum(taken) };
}
