export { type Config, configSchema, parseConfig, readConfig } from './config.js';
export { schemaFault, schemaFaults } from './schemaFaults.js';
