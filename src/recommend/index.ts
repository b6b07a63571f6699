export { IvfIndex } from '../index/index.js';
export type { Advert, AdvertSource, AdvertSpace } from './adverts.js';
export type { ModelSource } from './deployed.js';
export { eligibility, warned } from './eligibility.js';
export { Engine, type EngineOptions, openEngine, type Treatment } from './engine.js';
export { learnShelf } from './learnShelf.js';
export type { OnlineStatus } from './online/index.js';
export {
  applyPolicy,
  mootRules,
  type Policy,
  type PolicyConfig,
  type PolicyStatus,
  type PolicyView,
  parsePolicy,
  type RuleCount,
  readPolicy,
  ruleNames,
} from './policy/index.js';
export type { Aged, Erasure, ErasureReceipt, ShopperExport } from './privacy.js';
export type { EngineSignals } from './searchSignals.js';
export type { SourceWeights } from './sources.js';
