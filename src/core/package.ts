import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Root of the package, from dist/src/core. */
export const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** The version that CLI, OpenAPI and manifests name: the package's own. */
export const packageVersion = (
  JSON.parse(readFileSync(`${packageRoot}package.json`, 'utf8')) as { version: string }
).version;
