export { type Bins, binColumns } from './bins.js';
export { fitTrees, type TreeOptions, treeDefaults } from './boosting.js';
export { type Calibration, calibrate, fitIsotonic, fitPlatt } from './calibration.js';
export type { TreeContent } from './content.js';
export type { Numbers, TreeData } from './data.js';
export { type Loss, logit, sigmoid } from './losses.js';
export { type TreeModel, treeModel } from './model.js';
export { fitTreesInThread } from './thread.js';
