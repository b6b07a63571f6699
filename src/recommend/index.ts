export { IvfIndex } from '../index/index.js';
export type { ModelSource } from './deployed.js';
export { eligibility } from './eligibility.js';
export { Engine, type EngineOptions, openEngine } from './engine.js';
export { learnShelf } from './learnShelf.js';
export type { ErasureReceipt, ShopperExport } from './privacy.js';
