export { applyPolicy, type Governed, type PolicyView, type Ranked, ruleNames } from './apply.js';
export { type Policy, type PolicyConfig, parsePolicy, policySchema, readPolicy } from './config.js';
export { Impressions } from './impressions.js';
export { mootRules } from './moot.js';
export { PolicySource, type PolicyStatus } from './source.js';
export type { RuleCount } from './tally.js';
