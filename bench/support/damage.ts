import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Random } from '../../src/core/index.js';
import type { Served } from './damageChild.js';

const parts = ['log', 'state', 'facts'] as const;
type Part = (typeof parts)[number];

/** How stores that were damaged at random did. */
export interface DamageCounts {
  /** Told of the damage at once, and the advice brought back what was there. */
  refused: number;
  /** Served what they served before, and told what is damaged in the log. */
  told: number;
  /** Served what they served before: the damage hit nothing that is kept. */
  unharmed: number;
  /** Each a fault, in words. */
  faults: string[];
}

/** Damages copies of the store in `whole` and looks what each serves. */
export async function damageStores(
  whole: string,
  dir: string,
  count: number,
  chance: Random,
): Promise<DamageCounts> {
  const counts: DamageCounts = { refused: 0, told: 0, unharmed: 0, faults: [] };
  const looker = new Looker();
  const before = await looker.look(fresh(whole, dir), false);
  for (let n = 0; n < count; n++) {
    const copy = fresh(whole, dir);
    const part = parts[n % parts.length]!;
    const kind = damage(join(copy, part), chance);
    const found = await looker.look(copy, false);
    const name = `${n}, ${part}: ${kind}`;
    if (found === 'died') counts.faults.push(`${name}: the process died`);
    else if (found.refused) {
      const after = await healed(looker, whole, copy, part, found.refused.remedy);
      if (after === 'died' || after.hash !== (before as Served).hash)
        counts.faults.push(`${name}: ${found.refused.code}, and "${found.refused.remedy}" did not help`);
      else counts.refused++;
    } else if (found.told!.length > 0) counts.told++;
    else if (found.hash === (before as Served).hash) counts.unharmed++;
    else counts.faults.push(`${name}: served something else`);
  }
  looker.end();
  return counts;
}

/** Does as the remedy says, and looks again. */
function healed(
  looker: Looker,
  whole: string,
  copy: string,
  part: Part,
  remedy: string,
): Promise<Served | 'died'> {
  if (remedy.includes('endcap replay`: it is rebuilt')) return looker.look(copy, true);
  if (!remedy.includes(`Restore the folder ${part}/`)) return Promise.resolve({});
  rmSync(join(copy, part), { recursive: true, force: true });
  cpSync(join(whole, part), join(copy, part), { recursive: true });
  return looker.look(copy, false);
}

function fresh(whole: string, dir: string): string {
  const copy = join(dir, 'damaged');
  rmSync(copy, { recursive: true, force: true });
  cpSync(whole, copy, { recursive: true });
  return copy;
}

/** Damages one part and says how. */
function damage(folder: string, chance: Random): string {
  const path = join(folder, 'data.mdb');
  const bytes = readFileSync(path);
  const at = chance.int(bytes.length);
  const page = bytes.subarray(at & ~4095, (at & ~4095) + 4096);
  const kinds: [string, () => void][] = [
    ['a flipped bit', () => void bytes.writeUInt8(bytes[at]! ^ (1 << chance.int(8)), at)],
    ['a page of zeros', () => void page.fill(0)],
    ['a page of noise', () => void page.forEach((_, k) => void page.writeUInt8(chance.int(256), k))],
    ['an earlier page again', () => void page.set(bytes.subarray(8_192, 8_192 + page.length))],
    [
      'a few flipped bits',
      () => {
        for (let k = 0; k < 8; k++) page.writeUInt8(page[k * 512]! ^ 4, k * 512);
      },
    ],
  ];
  const which = chance.int(kinds.length + 2);
  if (which < kinds.length) {
    kinds[which]![1]();
    writeFileSync(path, bytes);
    return `${kinds[which]![0]} at ${at}`;
  }
  if (which === kinds.length) {
    truncateSync(path, at);
    return `cut to ${at} bytes`;
  }
  rmSync(folder, { recursive: true });
  return 'gone';
}

/** A process that opens one store after the other, and another where it dies. */
class Looker {
  #child: ChildProcess | undefined;

  async look(dir: string, renew: boolean): Promise<Served | 'died'> {
    rmSync(join(dir, 'lock.pid'), { force: true });
    if (!this.#child) {
      this.#child = fork(fileURLToPath(new URL('./damageChild.js', import.meta.url)), [], {
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      await once(this.#child, 'message');
    }
    const child = this.#child;
    const found = await new Promise<Served | 'died'>((resolve) => {
      const died = (): void => resolve('died');
      child.once('exit', died);
      child.once('message', (served: Served) => {
        child.off('exit', died);
        resolve(served);
      });
      child.send({ dir, renew });
    });
    if (found === 'died') this.#child = undefined;
    return found;
  }

  end(): void {
    this.#child?.kill();
  }
}
