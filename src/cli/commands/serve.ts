import type { Command } from 'commander';
import { serve } from '../../server/index.js';
import { progressLine } from '../progress.js';
import { openShop } from '../shop.js';

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('Serve the HTTP API on loopback')
    .option('--dir <dir>', 'folder of the shop', '.endcap')
    .option('--port <n>', 'port', '7700')
    .addHelpText('after', '\nExample:\n  endcap serve --dir ./shop --port 7700')
    .action(async (options: { dir: string; port: string }) => {
      const line = progressLine();
      const engine = await openShop(options.dir, line.report);
      line.stop();
      const { url } = await serve(engine, { port: Number(options.port) });
      console.log(`Serving ${url} (OpenAPI: ${url}/openapi.json). Ctrl-C stops.`);
    });
}
