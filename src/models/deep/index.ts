export { gru4rec } from './gru4rec.js';
export type { SequenceOptions } from './network.js';
export { nextItNet } from './nextItNet.js';
export { sasrec } from './sasrec.js';
export { rankOf } from './sequenceModel.js';
