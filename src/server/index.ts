export { type AccessOptions, createKey, type Scope, scopes } from './access.js';
export { type OpenEngine, type ServeOptions, type Serving, serve } from './serve.js';
export { createServer, type ServerOptions } from './server.js';
