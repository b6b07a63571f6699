export { IvfIndex } from '../index/index.js';
export type { ModelSource } from './deployed.js';
export { Engine, type EngineOptions, openEngine } from './engine.js';
export { learnShelf } from './learnShelf.js';
export type { ErasureReceipt, ShopperExport } from './privacy.js';
export type { EngineSignals } from './searchSignals.js';
