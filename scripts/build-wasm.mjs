// Assembles the WebAssembly text under src/ beside the compiled JavaScript.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import wabt from 'wabt';

const root = fileURLToPath(new URL('../', import.meta.url));
const { parseWat } = await wabt();
for (const path of ['src/index/vector/scan']) {
  const module = parseWat(`${path}.wat`, await readFile(`${root}${path}.wat`), { simd: true });
  const to = `${root}dist/${path}.wasm`;
  await mkdir(dirname(to), { recursive: true });
  await writeFile(to, module.toBinary({}).buffer);
}
