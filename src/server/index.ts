export type { AccessOptions } from './access.js';
export { type ForgottenFiles, forgetInFiles } from './forgetFiles.js';
export { KeyFile } from './keyFile.js';
export { createKey, type KeyKind, type KeyRequest, keyKinds, type Scope, scopes } from './keys.js';
export type { Limits } from './limits.js';
export { type OpenEngine, type ServeOptions, type Serving, serve } from './serve.js';
export { createServer, type ServerOptions } from './server.js';
export { type ServingShops, type ShopsOptions, type ShopToServe, serveShops, shopName } from './shops.js';
export type { StorefrontOptions } from './storefront.js';
