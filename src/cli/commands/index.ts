import type { Command } from 'commander';
import { registerAudience } from './audience.js';
import { registerDemo } from './demo.js';
import { registerExperiment } from './experiment.js';
import { registerExport } from './export.js';
import { registerImport } from './import.js';
import { registerInventory } from './inventory.js';
import { registerKeys } from './keys.js';
import { registerModels } from './models.js';
import { registerOffers } from './offers.js';
import { registerPolicy } from './policy.js';
import { registerPrivacy } from './privacy.js';
import { registerSearch } from './search.js';
import { registerServe } from './serve.js';
import { registerStore } from './store.js';
import { registerTrain } from './train.js';
import { registerUplift } from './uplift.js';

export function register(program: Command): void {
  registerDemo(program);
  registerImport(program);
  registerExport(program);
  registerTrain(program);
  registerModels(program);
  registerInventory(program);
  registerAudience(program);
  registerOffers(program);
  registerSearch(program);
  registerUplift(program);
  registerServe(program);
  registerStore(program);
  registerExperiment(program);
  registerPolicy(program);
  registerKeys(program);
  registerPrivacy(program);
}
