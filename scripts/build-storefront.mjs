// Bundles the storefront into dist/apps/storefront: a page, and beside it what it loads, named by its content and
// compressed ahead, so that a browser may keep it for ever.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const from = fileURLToPath(new URL('../apps/storefront/', import.meta.url));
const to = fileURLToPath(new URL('../dist/apps/storefront/', import.meta.url));
const assets = `${to}assets/`;

rmSync(assets, { recursive: true, force: true });
mkdirSync(assets, { recursive: true });
await build({
  entryPoints: { app: `${from}src/main.tsx`, style: `${from}styles/main.css` },
  outdir: assets,
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  sourcemap: 'linked',
  format: 'esm',
  target: ['es2022'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
});
const icon = readFileSync(`${from}icon.svg`);
const iconHash = createHash('sha256').update(icon).digest('hex').slice(0, 8).toUpperCase();
writeFileSync(`${assets}icon-${iconHash}.svg`, icon);

const built = readdirSync(assets);
const page = readFileSync(`${from}index.html`, 'utf8').replace(/assets\/(\w+)\.(\w+)/g, (_, name, end) => {
  const file = built.find((path) => path.startsWith(`${name}-`) && path.endsWith(`.${end}`));
  return `assets/${file}`;
});
writeFileSync(`${to}index.html`, page);
for (const file of built.filter((path) => !path.endsWith('.map'))) {
  const bytes = readFileSync(assets + file);
  writeFileSync(`${assets}${file}.gz`, gzipSync(bytes, { level: 9 }));
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${assets}${file}.br`, brotliCompressSync(bytes, { params: quality }));
}
