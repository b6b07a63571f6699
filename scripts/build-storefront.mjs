// Bundles the storefront into dist/apps/storefront: plain files that any static server may hold, nothing inline.
import { cp, mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const from = fileURLToPath(new URL('../apps/storefront/', import.meta.url));
const to = fileURLToPath(new URL('../dist/apps/storefront/', import.meta.url));

await mkdir(to, { recursive: true });
await build({
  entryPoints: { app: `${from}src/main.tsx` },
  outdir: to,
  bundle: true,
  minify: true,
  sourcemap: true,
  format: 'esm',
  target: ['es2022'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
});
await build({ entryPoints: { app: `${from}styles/main.css` }, outdir: to, bundle: true, minify: true });
for (const file of ['index.html', 'icon.svg']) await cp(from + file, to + file);
