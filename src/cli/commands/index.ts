import type { Command } from 'commander';
import { registerAudience } from './audience.js';
import { registerDemo } from './demo.js';
import { registerImport } from './import.js';
import { registerModels } from './models.js';
import { registerOffers } from './offers.js';
import { registerServe } from './serve.js';
import { registerTrain } from './train.js';

export function register(program: Command): void {
  registerDemo(program);
  registerImport(program);
  registerTrain(program);
  registerModels(program);
  registerAudience(program);
  registerOffers(program);
  registerServe(program);
}
