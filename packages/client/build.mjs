// Builds what `npm publish` takes: dist/index.js (one file for browsers and Node) and its declarations.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const entry = join(here, 'src/index.ts');
await build({
  entryPoints: [entry],
  outfile: join(here, 'dist/index.js'),
  bundle: true,
  format: 'esm',
  target: 'es2022',
});

const shape =
  '--declaration --emitDeclarationOnly --module nodenext --target es2023 --lib es2023,dom,dom.iterable --types node';
const places = ['--rootDir', root, '--outDir', join(here, 'dist/types')];
execFileSync('npx', ['tsc', '--ignoreConfig', entry, ...shape.split(' '), ...places], {
  cwd: root,
  stdio: 'inherit',
});
writeFileSync(join(here, 'dist/index.d.ts'), "export * from './types/packages/client/src/index.js';\n");
