// Builds what `npm publish` takes: dist/index.js (one file for browsers and Node), dist/server.js (for Node), and their
// declarations.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const parts = ['index', 'server'];
const entries = parts.map((part) => join(here, `src/${part}.ts`));
await build({
  entryPoints: entries,
  outdir: join(here, 'dist'),
  bundle: true,
  external: ['node:crypto'],
  format: 'esm',
  target: 'es2022',
});

const shape =
  '--declaration --emitDeclarationOnly --module nodenext --target es2023 --lib es2023,dom,dom.iterable --types node';
const places = ['--rootDir', root, '--outDir', join(here, 'dist/types')];
execFileSync('npx', ['tsc', '--ignoreConfig', ...entries, ...shape.split(' '), ...places], {
  cwd: root,
  stdio: 'inherit',
});
for (const part of parts) {
  writeFileSync(join(here, `dist/${part}.d.ts`), `export * from './types/packages/client/src/${part}.js';\n`);
}
