import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { readConfig } from '../../core/index.js';
import { type Limits, type OpenEngine, serve } from '../../server/index.js';
import { progressLine } from '../progress.js';
import { openShop, wholeNumber } from '../shop.js';

interface ServeOptions {
  dir: string;
  host?: string;
  port?: string;
  keys?: string;
  origin?: string[];
  trustProxy?: string[];
}

const serveExamples = `
endcap.json in the folder of the shop says the same and more (docs/endcap.schema.json); an option goes before it.

Examples:
  endcap serve --dir ./shop --port 7700
  endcap keys create page --kind public --origin https://shop.example --dir ./shop
  endcap serve --dir ./shop --host 0.0.0.0 --trust-proxy 10.0.0.0/8`;

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('Serve the HTTP API, on loopback unless told otherwise')
    .option('--dir <dir>', 'folder of the shop', '.endcap')
    .option(
      '--host <address>',
      'address to listen on, 127.0.0.1 by default; another than loopback needs keys',
    )
    .option('--port <n>', 'port, 7700 by default')
    .option(
      '--keys <file>',
      'file of keys (see `endcap keys`); default: keys.json of the shop, where there is one',
    )
    .option('--origin <origin...>', 'origins whose pages may call the API')
    .option('--trust-proxy <address...>', 'proxies in front, whose x-forwarded-for is believed')
    .addHelpText('after', serveExamples)
    .action(runServe);
}

/** What the command line says goes before what `endcap.json` says. */
async function runServe({ dir, port, ...options }: ServeOptions): Promise<void> {
  const { server = {} } = readConfig(dir);
  const host = options.host ?? server.host ?? '127.0.0.1';
  const own = join(dir, 'keys.json');
  const keys =
    options.keys ?? (server.keys && resolve(dir, server.keys)) ?? (existsSync(own) ? own : undefined);
  const access = {
    origins: options.origin ?? server.origins ?? [],
    ...(keys ? { keys } : {}),
    imageHosts: server.imageHosts ?? [],
    trustProxy: options.trustProxy ?? server.trustProxy ?? [],
    limits: (server.rates ?? {}) as Partial<Limits>,
    ...(server.retainDays === undefined ? {} : { retainDays: server.retainDays }),
  };
  const line = progressLine();
  const at = port === undefined ? (server.port ?? 7_700) : wholeNumber('--port', port);
  const open: OpenEngine = (report) =>
    openShop(
      dir,
      (step) => {
        line.report(step);
        report(step);
      },
      true,
    );
  try {
    const { url } = await serve(open, { dir, host, port: at, ...access });
    line.stop();
    // So that `endcap import` finds it while it has the folder open.
    writeFileSync(join(dir, 'server.json'), `${JSON.stringify({ url, pid: process.pid })}\n`);
    console.log(`Serving ${url} (OpenAPI: ${url}/openapi.json). Ctrl-C stops.`);
  } finally {
    line.stop();
  }
}
