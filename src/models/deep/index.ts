export { gru4rec } from './gru4rec.js';
export { mlp } from './mlp.js';
export { multVae } from './multVae.js';
export type { SequenceOptions } from './network.js';
export { neuMf } from './neuMf.js';
export { nextItNet } from './nextItNet.js';
export { sasrec } from './sasrec.js';
export { rankOf, rowsOf } from './sequenceModel.js';
