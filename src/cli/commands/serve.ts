import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Config, readConfig } from '../../config/index.js';
import { EndcapError } from '../../core/index.js';
import { stockSettings } from '../../inventory/index.js';
import {
  type Limits,
  type OpenEngine,
  type ServeOptions,
  type ShopToServe,
  serve,
  serveShops,
  shopName,
} from '../../server/index.js';
import { errorLine } from '../errorLine.js';
import { progressLine } from '../progress.js';
import { writeAddress } from '../serverAddress.js';
import { openShop, storefrontSite, wholeNumber } from '../shop.js';

interface Options {
  dir?: string;
  shops?: string;
  storefront?: boolean;
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
  endcap serve --dir ./shop --storefront
  endcap keys create page --kind public --origin https://shop.example --dir ./shop
  endcap serve --dir ./shop --host 0.0.0.0 --trust-proxy 10.0.0.0/8
  endcap serve --shops ./shops          # ./shops/anna and ./shops/bert at /shops/anna/ and /shops/bert/`;

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('Serve the HTTP API, on loopback unless told otherwise')
    .option('--dir <dir>', 'folder of the shop; .endcap by default')
    .option('--shops <dir>', 'serve every folder in this one as a shop of its own, at /shops/NAME/')
    .option('--storefront', 'a shop to look at beside the API, with the data of the shop')
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
    .action((options: Options) =>
      options.shops === undefined ? serveOne(options) : serveSeveral(options.shops, options),
    );
}

/** What the command line says goes before what `endcap.json` says. */
async function serveOne({ dir = '.endcap', ...options }: Options): Promise<void> {
  const config = readConfig(dir);
  const host = options.host ?? config.server?.host ?? '127.0.0.1';
  const line = progressLine();
  const port =
    options.port === undefined ? (config.server?.port ?? 7_700) : wholeNumber('--port', options.port);
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
    const settings = optionsOf(dir, config, options);
    const { url } = await serve(open, { ...settings, host, port });
    line.stop();
    writeAddress(dir, url, settings.keys === undefined);
    const page = options.storefront ? `The shop is open: ${url}   ` : `Serving ${url} `;
    console.log(`${page}(OpenAPI: ${url}/openapi.json). Ctrl-C stops.`);
  } finally {
    line.stop();
  }
}

async function serveSeveral(parent: string, options: Options): Promise<void> {
  const own = (['dir', 'keys', 'origin'] as const).find((name) => options[name] !== undefined);
  if (own !== undefined) {
    throw new EndcapError('invalid_option', `--${own} cannot be of several shops`, {
      remedy: 'Leave it out: each shop has its own folder, keys.json and endcap.json',
    });
  }
  const first = shopsIn(parent);
  const shop = (name: string): ShopToServe => {
    const dir = join(parent, name);
    return {
      name,
      options: () => optionsOf(dir, readConfig(dir), options, name),
      open: (report) => openShop(dir, report, true),
      stamp: () => stampOf(dir),
    };
  };
  const { url, opened } = await serveShops(() => foldersIn(parent).filter(isShopName).map(shop), {
    host: options.host ?? '127.0.0.1',
    port: wholeNumber('--port', options.port ?? '7700'),
    onOpened(name, at, error) {
      if (error !== undefined) return void process.stderr.write(`${name}: ${errorLine(error)}`);
      writeAddress(join(parent, name), at);
      console.log(`${name} is open: ${at}/`);
    },
    onClosed: (name) => console.log(`${name} is closed: its folder is gone`),
  });
  console.log(`Serving ${first.length} shops at ${url} (which are open: ${url}/ready). Ctrl-C stops.`);
  await opened;
}

const isShopName = (name: string): boolean => shopName.test(name);

const foldersIn = (parent: string): string[] =>
  readdirSync(parent)
    .filter(
      (name) =>
        !name.startsWith('.') && statSync(join(parent, name), { throwIfNoEntry: false })?.isDirectory(),
    )
    .sort();

/** Size and time of all files in a folder: other ones while somebody copies into it. */
function stampOf(dir: string): string {
  const files = readdirSync(dir, { recursive: true }) as string[];
  return files
    .map((file) => statSync(join(dir, file), { throwIfNoEntry: false }))
    .map((stats) => `${stats?.size} ${stats?.mtimeMs}`)
    .join();
}

/** Names of the folders of shops, in order; throws where there are none, or one is no name of a shop. */
function shopsIn(parent: string): string[] {
  let names: string[];
  try {
    names = foldersIn(parent);
  } catch (cause) {
    throw new EndcapError('invalid_option', `--shops is "${parent}", which cannot be read`, {
      remedy: 'Give a folder with a folder for each shop',
      cause,
    });
  }
  const wrong = names.find((name) => !isShopName(name));
  if (names.length > 0 && wrong === undefined) return names;
  const what =
    wrong === undefined ? 'has no folder in it' : `has a folder "${wrong}", which is no name of a shop`;
  throw new EndcapError('invalid_option', `--shops is "${parent}", which ${what}`, {
    remedy: 'Make a folder for each shop, named by up to 63 small letters, digits, - and _',
  });
}

/** How to serve the shop of a folder. `folderName`: one of several, called so where it does not say its name. */
function optionsOf(dir: string, config: Config, options: Options, folderName?: string): ServeOptions {
  const { server = {}, storefront = {}, currency } = config;
  const own = join(dir, 'keys.json');
  const keys =
    options.keys ?? (server.keys && resolve(dir, server.keys)) ?? (existsSync(own) ? own : undefined);
  const name = config.name ?? folderName;
  const pages = {
    site: storefrontSite,
    ...(name !== undefined && { name }),
    ...(currency !== undefined && { currency }),
    ...storefront,
  };
  return {
    dir,
    origins: options.origin ?? server.origins ?? [],
    ...(keys ? { keys } : {}),
    imageHosts: server.imageHosts ?? [],
    trustProxy: options.trustProxy ?? server.trustProxy ?? [],
    limits: (server.rates ?? {}) as Partial<Limits>,
    ...(config.inventory && { stock: stockSettings(config.inventory) }),
    ...(server.retainDays === undefined ? {} : { retainDays: server.retainDays }),
    ...(options.storefront ? { storefront: pages } : {}),
  };
}
