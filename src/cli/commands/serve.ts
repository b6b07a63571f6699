import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { serve } from '../../server/index.js';
import { progressLine } from '../progress.js';
import { openShop, wholeNumber } from '../shop.js';

interface ServeOptions {
  dir: string;
  host: string;
  port: string;
  keys?: string;
  origin: string[];
  trustProxy: string[];
}

const serveExamples = `
Examples:
  endcap serve --dir ./shop --port 7700
  endcap keys create page --kind public --origin https://shop.example --dir ./shop
  endcap serve --dir ./shop --host 0.0.0.0 --trust-proxy 10.0.0.0/8`;

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('Serve the HTTP API, on loopback unless told otherwise')
    .option('--dir <dir>', 'folder of the shop', '.endcap')
    .option('--host <address>', 'address to listen on; another than loopback needs keys', '127.0.0.1')
    .option('--port <n>', 'port', '7700')
    .option(
      '--keys <file>',
      'file of keys (see `endcap keys`); default: keys.json of the shop, where there is one',
    )
    .option('--origin <origin...>', 'origins whose pages may call the API', [])
    .option('--trust-proxy <address...>', 'proxies in front, whose x-forwarded-for is believed', [])
    .addHelpText('after', serveExamples)
    .action(runServe);
}

async function runServe({ dir, host, port, origin, trustProxy, ...options }: ServeOptions): Promise<void> {
  const line = progressLine();
  const engine = await openShop(dir, line.report);
  line.stop();
  try {
    const own = join(dir, 'keys.json');
    const keys = options.keys ?? (existsSync(own) ? own : undefined);
    const proxies = trustProxy.length > 0 ? { trustProxy } : {};
    const access = { origins: origin, ...(keys ? { keys } : {}), ...proxies };
    const { url } = await serve(engine, { dir, host, port: wholeNumber('--port', port), ...access });
    console.log(`Serving ${url} (OpenAPI: ${url}/openapi.json). Ctrl-C stops.`);
  } catch (error) {
    await engine.close();
    throw error;
  }
}
