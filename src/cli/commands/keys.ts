import { join } from 'node:path';
import type { Command } from 'commander';
import { EndcapError, isRunning } from '../../core/index.js';
import { textTable } from '../../report/index.js';
import { KeyFile, type KeyKind, type KeyRequest, keyKinds, type Scope, scopes } from '../../server/index.js';
import { addressIn } from '../serverAddress.js';

interface Place {
  dir: string;
  file?: string;
  json?: boolean;
}

interface CreateOptions extends Place {
  kind: string;
  scopes?: string;
  origin: string[];
  rate?: string;
  expires?: string;
}

const commandLine = 'command line';
const createExamples = `
Kinds:
  server    secret; may name any shopper. Scopes: ${scopes.join(', ')}
  public    stands in a page; acts for one shopper at a time. Scopes: events, recommend
  signing   for your server: with it it signs who a shopper is (see docs/security.md)

Examples:
  endcap keys create shop --kind server --scopes admin --dir ./shop
  endcap keys create page --kind public --origin https://shop.example --dir ./shop
  endcap keys create signer --kind signing --expires 365d --dir ./shop`;

/** `endcap keys`: on the same file as the routes of a running server, which sees a change within a second. */
export function registerKeys(program: Command): void {
  const keys = program.command('keys').description('Make, list, rotate and revoke API keys');
  const command = (text: string, description: string): Command =>
    keys
      .command(text)
      .description(description)
      .option('--dir <dir>', 'folder of the shop', '.endcap')
      .option('--file <file>', 'file of keys; default: keys.json in the folder of the shop')
      .option('--json', 'print JSON');
  command('create <name>', 'Make a key: it is shown once, only its hash is kept')
    .requiredOption('--kind <kind>', keyKinds.join(', '))
    .option('--scopes <list>', 'separated by commas; default: events,recommend')
    .option('--origin <origin...>', 'pages that may use it', [])
    .option('--rate <n>', 'requests a minute')
    .option('--expires <time>', 'how long it is good for: 12h, 30d')
    .addHelpText('after', createExamples)
    .action(create);
  command('list', 'List the keys, without what would let anybody use them').action(list);
  command('rotate <name>', 'Make a successor; the key before goes on for a while')
    .option('--overlap <time>', 'how long the key before goes on: 0s, 12h, 30d', '24h')
    .addHelpText('after', '\nExample:\n  endcap keys rotate shop --overlap 48h --dir ./shop')
    .action(rotate);
  command('revoke <name>', 'Refuse a key from now on, by a running server within a second')
    .addHelpText('after', '\nExample:\n  endcap keys revoke page --dir ./shop')
    .action(revoke);
}

const fileOf = ({ dir, file }: Place): KeyFile => new KeyFile(file ?? join(dir, 'keys.json'));

async function create(name: string, options: CreateOptions): Promise<void> {
  const kind = options.kind as KeyKind;
  const usual = kind === 'signing' ? '' : 'events,recommend';
  const wanted = (options.scopes ?? usual).split(',').filter((scope) => scope !== '') as Scope[];
  const request: KeyRequest = { name, kind, scopes: wanted };
  if (options.origin.length > 0) request.origins = options.origin;
  if (options.rate !== undefined) request.perMinute = Number(options.rate);
  if (options.expires !== undefined)
    request.expires = Date.now() + milliseconds('--expires', options.expires);
  const made = await fileOf(options).create(request, commandLine);
  console.log(options.json ? JSON.stringify(made) : made.key);
  const url = keylessServer(options.dir);
  if (url !== undefined)
    process.stderr.write(
      `The server at ${url} was started without keys: it asks for them from its next start\n`,
    );
}

/** Address of a server that has the folder open and was started when there were no keys. */
function keylessServer(dir: string): string | undefined {
  const { url, pid, keyless } = addressIn(dir);
  return keyless && pid !== undefined && isRunning(pid) ? url : undefined;
}

async function list(options: Place): Promise<void> {
  const keys = await fileOf(options).list();
  if (options.json) return console.log(JSON.stringify({ keys }));
  if (keys.length === 0)
    return console.log('There are no keys: this machine alone may ask. endcap keys create NAME');
  const table = textTable({ head: ['name', 'kind', 'scopes', 'pages', 'a minute', 'until', 'fingerprint'] });
  for (const { name, kind, scopes: allowed, origins, perMinute, expires, fingerprint } of keys) {
    const until = expires === undefined ? '' : new Date(expires).toISOString();
    const rate = perMinute === undefined ? '' : String(perMinute);
    table.push([name, kind, allowed.join(', '), origins?.join(', ') ?? '', rate, until, fingerprint]);
  }
  console.log(table.toString());
}

async function rotate(name: string, options: Place & { overlap: string }): Promise<void> {
  const overlapMs = milliseconds('--overlap', options.overlap);
  const made = await fileOf(options).rotate(name, overlapMs, commandLine);
  console.log(options.json ? JSON.stringify(made) : made.key);
}

async function revoke(name: string, options: Place): Promise<void> {
  await fileOf(options).revoke(name, commandLine);
  console.log(options.json ? JSON.stringify({ revoked: name }) : `${name} is revoked.`);
}

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function milliseconds(option: string, text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(s|m|h|d)$/.exec(text) ?? [];
  if (number !== undefined) return Number(number) * units[unit as keyof typeof units];
  throw new EndcapError('invalid_option', `${option} is "${text}"`, { remedy: 'Write 90s, 12h or 30d' });
}
