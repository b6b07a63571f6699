export { applyPolicy, type Governed, type PolicyView, type Ranked } from './apply.js';
export { type Policy, type PolicyConfig, parsePolicy, policySchema } from './config.js';
export { Impressions } from './impressions.js';
export { mootRules } from './moot.js';
export { PolicySource } from './source.js';
