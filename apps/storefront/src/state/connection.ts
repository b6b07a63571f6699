import { EndcapApiError } from '../../../../packages/client/src/index.js';
import { createStore } from './store.js';

/** Between two tries while the server is away, ms. */
const pause = 3_000;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Whether the server answers. `attempt` goes up when whatever failed should ask again. */
export const connection = createStore({ away: false, attempt: 0 });

/** Passes an answer through and notes from it whether the server is there; a refusal is an answer too. */
export async function reaching<T>(answer: Promise<T>): Promise<T> {
  try {
    const value = await answer;
    found();
    return value;
  } catch (error) {
    if (error instanceof EndcapApiError && !error.transient) found();
    else lost();
    throw error;
  }
}

export function askAgain(): void {
  clearTimeout(timer);
  timer = undefined;
  connection.set({ attempt: connection.get().attempt + 1 });
}

function found(): void {
  if (connection.get().away) connection.set({ away: false });
}

function lost(): void {
  if (!connection.get().away) connection.set({ away: true });
  timer ??= setTimeout(askAgain, pause);
}

addEventListener('online', askAgain);
