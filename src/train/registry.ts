import { createHash } from 'node:crypto';
import { EndcapError } from '../core/index.js';
import { algorithms, type Model, type ModelFiles } from '../models/index.js';
import type { ObjectStore } from '../storage/index.js';
import { type Manifest, manifestFault, modelFormat } from './manifest.js';
import { modelFault } from './smokeTest.js';

const manifestKey = (version: string): string => `models/${version}/manifest.json`;
const pointer = 'models/deployed.json';

/** A version as it is listed: its manifest, or what is wrong with that. */
export type Listed = { version: string } & ({ manifest: Manifest } | { fault: string });

/** Models by version; which one serves is one small object that is replaced atomically. */
export class Registry {
  constructor(private readonly objects: ObjectStore) {}

  /** Stores a model; `disk_full` leaves nothing of it behind. */
  async save(model: Model, manifest: Omit<Manifest, 'version' | 'files'>): Promise<string> {
    const version = `${manifest.created.replace(/[-:.]/g, '')}-${manifest.model}`;
    const files: Record<string, string> = {};
    try {
      for (const [name, bytes] of Object.entries(model.save())) {
        files[name] = checksum(bytes);
        await this.objects.put(`models/${version}/${name}`, bytes);
      }
      // The manifest comes last: without it there is no model.
      await this.objects.put(
        manifestKey(version),
        encode({ format: modelFormat, version, ...manifest, files }),
      );
    } catch (error) {
      for (const name of Object.keys(files)) await this.objects.delete(`models/${version}/${name}`);
      throw error;
    }
    return version;
  }

  async list(): Promise<Listed[]> {
    const keys = await this.objects.list('models/');
    const versions = new Set(keys.filter((key) => key !== pointer).map((key) => key.split('/')[1]!));
    return Promise.all(
      [...versions].map(async (version): Promise<Listed> => {
        try {
          return { version, manifest: await this.manifest(version) };
        } catch (error) {
          if (error instanceof EndcapError) return { version, fault: error.message };
          throw error;
        }
      }),
    );
  }

  /** Throws `unknown_model` without a manifest, `model_outdated` or `model_corrupt` when it cannot be read. */
  async manifest(version: string): Promise<Manifest> {
    const bytes = await this.objects.get(manifestKey(version));
    if (!bytes)
      throw new EndcapError('unknown_model', `There is no model ${version}: it has no manifest.json`, {
        remedy: 'See `endcap models`',
      });
    const manifest = parse(bytes);
    requireFormat(version, manifest);
    const fault = manifest === undefined ? 'it is no JSON' : manifestFault(manifest);
    if (fault) throw corrupt(version, `its manifest.json is damaged: ${fault}`);
    return manifest as Manifest;
  }

  /** Loads a version; throws `model_corrupt` when a file is missing or altered, or when what it holds cannot serve. */
  async load(version: string): Promise<Model> {
    const manifest = await this.manifest(version);
    const recommender = algorithms.find(({ name }) => name === manifest.model);
    if (!recommender) throw corrupt(version, `this code knows no algorithm "${manifest.model}"`);
    const files: ModelFiles = {};
    for (const [name, sum] of Object.entries(manifest.files)) {
      const bytes = await this.objects.get(`models/${version}/${name}`);
      if (!bytes || checksum(bytes) !== sum)
        throw corrupt(version, `its file ${name} is ${bytes ? 'altered' : 'missing'}`);
      files[name] = bytes;
    }
    let model: Model;
    try {
      model = await recommender.load(files);
    } catch (cause) {
      throw corrupt(version, `its content does not load (${cause instanceof Error ? cause.message : cause})`);
    }
    const fault = await modelFault(model, manifest);
    if (fault) throw corrupt(version, fault);
    return manifest.shelf ? { ...model, shelf: manifest.shelf } : model;
  }

  /** Log offset up to which the model was trained. */
  async trainedTo(version: string): Promise<number> {
    return (await this.manifest(version)).data.logOffset;
  }

  async deployed(): Promise<string | undefined> {
    return (await this.history()).at(-1);
  }

  /** Makes `version` the one that serves, after proving that it loads. */
  async deploy(version: string): Promise<void> {
    await this.load(version);
    const history = (await this.history()).filter((other) => other !== version);
    await this.objects.put(pointer, encode([...history, version]));
  }

  /** Goes back to what served before; returns it. */
  async rollback(): Promise<string> {
    const history = await this.history();
    const before = history.at(-2);
    if (!before)
      throw new EndcapError('no_previous_model', 'No model was deployed before this one', {
        remedy: 'See `endcap models`',
      });
    await this.load(before);
    await this.objects.put(pointer, encode(history.slice(0, -1)));
    return before;
  }

  /** Versions in the order they were deployed, the one that serves last. */
  async history(): Promise<string[]> {
    const bytes = await this.objects.get(pointer);
    if (!bytes) return [];
    const history = parse(bytes);
    if (Array.isArray(history) && history.every((version) => typeof version === 'string')) return history;
    throw new EndcapError('registry_corrupt', `The object ${pointer} is damaged: it is no list of versions`, {
      remedy: 'Delete it and deploy a version again: endcap models --deploy VERSION',
    });
  }
}

/** A model that another version of the code wrote is not guessed at. */
function requireFormat(version: string, manifest: unknown): void {
  if (typeof manifest !== 'object' || manifest === null) return;
  const { format, code } = manifest as { format?: unknown; code?: unknown };
  if (format === modelFormat) return;
  const by = typeof code === 'string' ? ` by Endcap ${code}` : '';
  throw new EndcapError(
    'model_outdated',
    `The model ${version} was written${by} in format ${format ?? 1}, and this version reads format ${modelFormat}`,
    { remedy: 'Train again with `endcap train`: until then the shop serves from its statistics' },
  );
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}

function encode(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

function checksum(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function corrupt(version: string, what: string): EndcapError {
  return new EndcapError('model_corrupt', `The model ${version} is refused: ${what}`, {
    remedy: 'Deploy another version with `endcap models --deploy VERSION`, or train again',
  });
}
