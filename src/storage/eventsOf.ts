import type { EventBlock, LoggedEvent } from './ports.js';

/** The events of blocks, one by one. */
export async function* eventsOf(blocks: AsyncIterable<EventBlock>): AsyncIterable<LoggedEvent> {
  for await (const { first, events } of blocks) {
    for (let at = 0; at < events.length; at++) yield { offset: first + at, event: events[at]! };
  }
}
