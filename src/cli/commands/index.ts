import type { Command } from 'commander';
import { registerDemo } from './demo.js';
import { registerExperiment } from './experiment.js';
import { registerImport } from './import.js';
import { registerKeys } from './keys.js';
import { registerModels } from './models.js';
import { registerPolicy } from './policy.js';
import { registerPrivacy } from './privacy.js';
import { registerServe } from './serve.js';
import { registerTrain } from './train.js';

export function register(program: Command): void {
  registerDemo(program);
  registerImport(program);
  registerTrain(program);
  registerModels(program);
  registerServe(program);
  registerExperiment(program);
  registerPolicy(program);
  registerKeys(program);
  registerPrivacy(program);
}
