export { ColdItems } from './vector/coldItems.js';
export { type Found, IvfIndex } from './vector/ivfIndex.js';
