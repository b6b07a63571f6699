/**
 * What an event may be used for: what this shopper is shown, what is counted over all shoppers (statistics and models),
 * and messages sent to this shopper.
 */
export const purposes = ['personalise', 'statistics', 'marketing'] as const;
export type Purpose = (typeof purposes)[number];

/** Whether the event may be used for the purpose. Without a list of purposes the shop answers for all of them. */
export function allows(event: { consent?: readonly Purpose[] }, purpose: Purpose): boolean {
  return event.consent === undefined || event.consent.includes(purpose);
}

/**
 * Whether a page said it, which anybody can imitate. What only the shop decides (an offer that is given, the variant that
 * is shown, an advert that is placed) is not so because a page says it.
 */
export const isFromPage = (event: { received?: number }): boolean => event.received !== undefined;

/** Whether the event counts in what is learned from all shoppers. */
export function countsForAll(event: { consent?: readonly Purpose[]; robot?: boolean }): boolean {
  return event.robot !== true && allows(event, 'statistics');
}
