export type { ModelSource } from './deployed.js';
export { Engine, type EngineOptions, openEngine } from './engine.js';
export { FactorIndex } from './retrieval/factorIndex.js';
