export { IvfIndex } from '../index/index.js';
export type { ModelSource } from './deployed.js';
export { Engine, type EngineOptions, openEngine } from './engine.js';
