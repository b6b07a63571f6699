export * from './stock/continuousReview.js';
export * from './stock/distributions.js';
export * from './stock/periodicReview.js';
export * from './stock/policies.js';
