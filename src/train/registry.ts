import { createHash } from 'node:crypto';
import { EndcapError } from '../core/index.js';
import { type Model, type ModelFiles, zoo } from '../models/index.js';
import type { ObjectStore } from '../storage/index.js';

/** What a model is made of: enough to make it again and to compare it. */
export interface Manifest {
  version: string;
  model: string;
  options: Record<string, number | string | boolean>;
  seed: number;
  data: { fingerprint: string; logOffset: number; until: string; interactions: number; items: number };
  code: string;
  created: string;
  metrics: Record<'validation' | 'test', Record<string, number>>;
  files: Record<string, string>;
}

const manifestKey = (version: string): string => `models/${version}/manifest.json`;
const pointer = 'models/deployed.json';

/** Models by version; which one serves is one small object that is replaced atomically. */
export class Registry {
  constructor(private readonly objects: ObjectStore) {}

  async save(model: Model, manifest: Omit<Manifest, 'version' | 'files'>): Promise<string> {
    const version = `${manifest.created.replace(/[-:]|\.\d+/g, '')}-${manifest.model}`;
    const files: Record<string, string> = {};
    for (const [name, bytes] of Object.entries(model.save())) {
      files[name] = checksum(bytes);
      await this.objects.put(`models/${version}/${name}`, bytes);
    }
    await this.objects.put(manifestKey(version), encode({ version, ...manifest, files }));
    return version;
  }

  async list(): Promise<Manifest[]> {
    const keys = (await this.objects.list('models/')).filter((key) => key.endsWith('/manifest.json'));
    return Promise.all(keys.map((key) => this.manifest(key.split('/')[1]!)));
  }

  async manifest(version: string): Promise<Manifest> {
    const bytes = await this.objects.get(manifestKey(version));
    if (!bytes)
      throw new EndcapError('unknown_model', `No model ${version}`, {
        status: 404,
        remedy: 'See `endcap models`',
      });
    try {
      return JSON.parse(Buffer.from(bytes).toString()) as Manifest;
    } catch (cause) {
      throw corrupt(version, 'its manifest is no JSON', cause);
    }
  }

  /** Loads a version; throws `model_corrupt` when a file is missing or altered. */
  async load(version: string): Promise<Model> {
    const manifest = await this.manifest(version);
    const recommender = zoo.find(({ name }) => name === manifest.model);
    if (!recommender) throw corrupt(version, `this code knows no model "${manifest.model}"`);
    const files: ModelFiles = {};
    for (const [name, sum] of Object.entries(manifest.files)) {
      const bytes = await this.objects.get(`models/${version}/${name}`);
      if (!bytes || checksum(bytes) !== sum)
        throw corrupt(version, `its file ${name} is ${bytes ? 'altered' : 'missing'}`);
      files[name] = bytes;
    }
    return recommender.load(files);
  }

  async deployed(): Promise<string | undefined> {
    return (await this.#history()).at(-1);
  }

  /** Makes `version` the one that serves, after proving that it loads. */
  async deploy(version: string): Promise<void> {
    await this.load(version);
    const history = (await this.#history()).filter((other) => other !== version);
    await this.objects.put(pointer, encode([...history, version]));
  }

  /** Goes back to what served before; returns it. */
  async rollback(): Promise<string> {
    const history = await this.#history();
    const before = history.at(-2);
    if (!before)
      throw new EndcapError('no_previous_model', 'No model was deployed before this one', { status: 409 });
    await this.load(before);
    await this.objects.put(pointer, encode(history.slice(0, -1)));
    return before;
  }

  async #history(): Promise<string[]> {
    const bytes = await this.objects.get(pointer);
    return bytes ? (JSON.parse(Buffer.from(bytes).toString()) as string[]) : [];
  }
}

function encode(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

function checksum(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function corrupt(version: string, what: string, cause?: unknown): EndcapError {
  const remedy = 'Deploy another version with `endcap models --deploy VERSION`, or train again';
  return new EndcapError('model_corrupt', `The model ${version} is refused: ${what}`, {
    status: 503,
    remedy,
    cause,
  });
}
