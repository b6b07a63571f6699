import { EndcapError, warn } from '../core/index.js';
import { InventoryDesk, type StockSettings } from '../inventory/index.js';
import type { Engine } from '../recommend/index.js';
import { keeperOf } from './keptForecast.js';

const minute = 60_000;
/** Pause between two forecasts, and between two looks at the stock. */
const every = { forecastMs: 6 * 60 * minute, weighMs: minute };

/** The desk of a shop that is open: demand from its state, stock from its catalogue. */
export function inventoryOf(engine: Engine, settings: StockSettings = {}): InventoryDesk {
  const sources = {
    demand: () => engine.state.demand.all(),
    items: () => engine.catalogue.all(),
    now: () => engine.now,
  };
  return new InventoryDesk(sources, settings, keeperOf(engine.store));
}

/**
 * Goes on with the forecast that was kept, and makes another six hours after it: at once where there is none.
 * Recommendations follow the stock. What the first has to say waits for nobody.
 */
export async function forecastByItself(engine: Engine, desk: InventoryDesk): Promise<void> {
  const weigh = (): void => {
    desk.reweigh();
    engine.shelfWeights = desk.weights;
  };
  const madeAt = await desk.restore().catch((error) => {
    warn(error, 'the forecast that was kept cannot be read: it is made anew');
    return undefined;
  });
  if (madeAt !== undefined) engine.shelfWeights = desk.weights;
  engine.jobs.add({
    name: 'forecast',
    everyMs: every.forecastMs,
    firstMs: madeAt === undefined ? 0 : Math.max(0, madeAt + every.forecastMs - engine.now),
    async run() {
      if (!hasSold(engine)) return;
      try {
        await desk.refresh();
      } catch (error) {
        // A server that closes does not wait for a forecast, and a shop that has just begun has none yet.
        if (desk.closed || (error instanceof EndcapError && error.code === 'no_events')) return;
        throw error;
      }
      engine.shelfWeights = desk.weights;
    },
  });
  engine.jobs.add({ name: 'stock', everyMs: every.weighMs, run: weigh });
}

function hasSold(engine: Engine): boolean {
  for (const _ of engine.state.demand.all()) return true;
  return false;
}
