import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { EndcapError, readConfig } from '../../core/index.js';
import { Experiments } from '../../experiments/index.js';
import { createKey, type Scope, scopes, serve } from '../../server/index.js';
import { progressLine } from '../progress.js';
import { openShop, quarantineFile, warn, wholeNumber } from '../shop.js';

interface ServeOptions {
  dir: string;
  host?: string;
  port?: string;
  keys?: string;
  origin?: string[];
}

const serveExamples = `
endcap.json in the folder of the shop says the same and more (docs/endcap.schema.json); an option goes before it.

Examples:
  endcap serve --dir ./shop --port 7700
  endcap keys browser events,recommend --file keys.json
  endcap serve --dir ./shop --host 0.0.0.0 --keys keys.json --origin https://shop.example`;

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('Serve the HTTP API, on loopback unless told otherwise')
    .option('--dir <dir>', 'folder of the shop', '.endcap')
    .option(
      '--host <address>',
      'address to listen on, 127.0.0.1 by default; another than loopback needs --keys',
    )
    .option('--port <n>', 'port, 7700 by default')
    .option('--keys <file>', 'JSON file of keys (see `endcap keys`)')
    .option('--origin <origin...>', 'origins whose pages may call the API')
    .addHelpText('after', serveExamples)
    .action(runServe);
  program
    .command('keys')
    .description('Make an API key: printed once, its hash is added to the file')
    .argument('<name>', 'whose key it is')
    .argument('<scopes>', `separated by commas: ${scopes.join(', ')}`)
    .option('--file <file>', 'keys file', 'keys.json')
    .addHelpText('after', '\nExample:\n  endcap keys browser events,recommend')
    .action(runKeys);
}

/** What the command line says goes before what `endcap.json` says. */
async function runServe({ dir, port, ...options }: ServeOptions): Promise<void> {
  const { server = {} } = readConfig(dir);
  const host = options.host ?? server.host ?? '127.0.0.1';
  const keys = options.keys ?? (server.keys && resolve(dir, server.keys));
  const access = { origins: options.origin ?? server.origins ?? [], ...(keys ? { keys } : {}) };
  const line = progressLine();
  const engine = await openShop(dir, line.report, true);
  line.stop();
  try {
    const at = port === undefined ? (server.port ?? 7_700) : wholeNumber('--port', port);
    const { url } = await serve(engine, {
      host,
      port: at,
      experiments: await Experiments.open(engine, dir, warn),
      quarantine: quarantineFile(dir),
      ...access,
    });
    console.log(`Serving ${url} (OpenAPI: ${url}/openapi.json). Ctrl-C stops.`);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

function runKeys(name: string, list: string, { file }: { file: string }): void {
  const wanted = list.split(',') as Scope[];
  const unknown = wanted.find((scope) => !scopes.includes(scope));
  if (unknown !== undefined) {
    throw new EndcapError('unknown_scope', `No scope "${unknown}"`, {
      remedy: `Choose among ${scopes.join(', ')}`,
    });
  }
  const known = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { keys: object[] })
    : { keys: [] };
  const { key, entry } = createKey(name, wanted);
  known.keys.push(entry);
  writeFileSync(file, `${JSON.stringify(known, null, 2)}\n`, { mode: 0o600 });
  console.log(key);
}
