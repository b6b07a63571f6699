import { type Command, Option } from 'commander';
import { EndcapError, type ErrorCode, type FieldError } from '../core/index.js';
import { openMarketing } from '../marketing/index.js';
import { createServer } from '../server/index.js';
import { requireRemains } from '../storage/index.js';
import { progressLine } from './progress.js';
import { holderOf } from './serverAddress.js';
import { openShop } from './shop.js';

export interface ApiOptions {
  dir: string;
  /** A server that runs; without it the shop is opened here. */
  server?: string;
  /** The same by its former name. */
  url?: string;
  key?: string;
}

/** The HTTP API, of a running server or of a shop opened for this command: a command and a page show the same figures. */
export interface Api {
  call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** The options of a command that asks the API. */
export function withApiOptions(command: Command): Command {
  return command
    .option('--dir <dir>', 'folder of the shop', '.endcap')
    .option('--server <url>', 'a running server to ask instead')
    .addOption(new Option('--url <url>').hideHelp())
    .option('--key <key>', 'API key for --server (or ENDCAP_KEY)');
}

/** Opens the API for as long as `use` needs it; of a shop that there is, but where it is asked about a file alone. */
export async function askApi(
  options: ApiOptions,
  use: (api: Api) => Promise<void>,
  { ofFile = false } = {},
): Promise<void> {
  if ((options.server ?? options.url) === undefined && !ofFile) requireRemains(options.dir);
  const api = await openApi(options);
  try {
    await use(api);
  } finally {
    await api.close();
  }
}

async function openApi({ dir, url, server = url, key = process.env.ENDCAP_KEY }: ApiOptions): Promise<Api> {
  if (server !== undefined) return remoteApi(server, key);
  try {
    return await localApi(dir);
  } catch (error) {
    const running = holderOf(dir, error);
    if (running === undefined) throw error;
    return remoteApi(running, key);
  }
}

async function localApi(dir: string): Promise<Api> {
  const line = progressLine();
  const engine = await openShop(dir, line.report).finally(line.stop);
  const marketing = await openMarketing(engine, { dir });
  const app = await createServer(engine, { marketing, dir });
  return {
    async call(method, url, body) {
      const sent = body === undefined ? {} : { payload: body as object };
      const answer = await app.inject({ method, url, ...sent });
      return read(answer.statusCode, String(answer.headers['content-type'] ?? ''), answer.body);
    },
    async close() {
      await app.close();
      await engine.close();
    },
  };
}

function remoteApi(base: string, key: string | undefined): Api {
  return {
    async call(method, path, body) {
      let answer: Response;
      try {
        answer = await fetch(base.replace(/\/+$/, '') + path, {
          method,
          headers: {
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      } catch (cause) {
        throw new EndcapError('server_unreachable', `No server answers at ${base}`, {
          remedy: 'Start it: endcap serve',
          cause,
        });
      }
      return read(answer.status, answer.headers.get('content-type') ?? '', await answer.text());
    },
    close: async () => {},
  };
}

function read(status: number, type: string, text: string): unknown {
  if (!type.includes('json')) return text;
  const body: unknown = JSON.parse(text);
  if (status < 400) return body;
  const { code, detail, remedy, errors } = body as {
    code: ErrorCode;
    detail: string;
    remedy?: string;
    errors?: FieldError[];
  };
  throw new EndcapError(code, detail, {
    ...(errors ? { errors } : {}),
    ...(remedy === undefined
      ? {}
      : { remedy: status === 401 ? 'Give a key with --key or ENDCAP_KEY' : remedy }),
  });
}
