import { Eviction } from '../core/index.js';
import type { ExperimentConfig, ExperimentsConfig, VariantConfig } from './config.js';
import { runs } from './config.js';

/** Which variant a shopper sees, and how probable that was. */
export interface Assignment {
  experiment: string;
  variant: VariantConfig;
  /** Chance of a shopper of the experiment to see this variant; 1 for an override, which is not counted. */
  propensity: number;
  override: boolean;
}

/** A number in [0, 1) that is the same for the same text always: FNV-1a with the last mix of MurmurHash3. */
export function hashUnit(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ (text.charCodeAt(at) & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (text.charCodeAt(at) >>> 8), 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return (hash >>> 0) / 4294967296;
}

/**
 * Variants of a shopper at `now`. `key` is who they were when first seen (`Identities`), so that `identify` moves nobody
 * to another variant. `stopped`: variants that a guard took out, as `experiment:variant`; their shoppers see the control.
 */
export function assign(
  config: ExperimentsConfig,
  user: string,
  key: string,
  now: number,
  stopped: ReadonlySet<string> = new Set(),
): Assignment[] {
  const heldOut = hashUnit(`holdout\0${key}`) < (config.holdout ?? 0);
  return config.experiments.flatMap((experiment): Assignment[] => {
    if (!runs(experiment, now)) return [];
    const forced = experiment.overrides?.[user];
    if (forced !== undefined) {
      const variant = experiment.variants.find(({ name }) => name === forced)!;
      return [{ experiment: experiment.name, variant, propensity: 1, override: true }];
    }
    if (heldOut || hashUnit(`traffic\0${experiment.name}\0${key}`) >= experiment.traffic) return [];
    const variant = variantOf(experiment, key);
    const out = stopped.has(`${experiment.name}:${variant.name}`);
    // Who is moved out of a harmful variant sees the control, and is no longer counted.
    if (out)
      return [
        { experiment: experiment.name, variant: experiment.variants[0]!, propensity: 1, override: true },
      ];
    return [{ experiment: experiment.name, variant, propensity: variant.share, override: false }];
  });
}

function variantOf({ name, variants }: ExperimentConfig, key: string): VariantConfig {
  const place = hashUnit(`variant\0${name}\0${key}`);
  let sum = 0;
  for (const variant of variants) {
    sum += variant.share;
    if (place < sum) return variant;
  }
  return variants.at(-1)!;
}

/** Ids remembered as somebody else's: 160 bytes each with their keys. What joined longest ago goes first. */
export const mostIdentities = 200_000;

/**
 * Who a shopper was when first seen: a fold of `identify` events. A known shopper without a past of their own takes over
 * the key of the anonymous one that became them.
 */
export class Identities {
  readonly #keys = new Map<string, string>();
  readonly #oldest = new Eviction(this.#keys);

  constructor(private readonly limit = mostIdentities) {}

  key(user: string): string {
    return this.#keys.get(user) ?? user;
  }

  /** `anonymous` became `known`; `exposed`: the known one had seen an experiment before, and keeps their key. */
  identify(anonymous: string, known: string, exposed: boolean): void {
    if (anonymous === known) return;
    if (!exposed && !this.#keys.has(known)) this.#set(known, this.key(anonymous));
    // What the device did is theirs now, so it sees what they see.
    this.#set(anonymous, this.key(known));
  }

  /** Whoever is their own key needs no entry; whoever is forgotten counts by their own id again, as a new shopper would. */
  #set(user: string, key: string): void {
    this.#keys.delete(user);
    if (key !== user) this.#keys.set(user, key);
    if (this.#keys.size > this.limit) this.#keys.delete(this.#oldest.oldest()![0]);
  }
}
