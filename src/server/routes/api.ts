import type { Experiments } from '../../experiments/index.js';
import type { InventoryDesk } from '../../inventory/index.js';
import type { Marketing } from '../../marketing/index.js';
import type { Search } from '../../search/index.js';
import type { Intake } from '../events.js';
import type { KeyFile } from '../keyFile.js';
import type { KeyRing } from '../keyRing.js';

/** What the routes of every resource may use. */
export interface Api extends Intake {
  /** Undefined: everyone sees the same. */
  experiments: Experiments | undefined;
  /** Undefined where the server has no folder. */
  keyFile: KeyFile | undefined;
  dir: string | undefined;
  /** The keys that are asked for; undefined where this machine alone may connect. */
  ring: KeyRing | undefined;
  search: Search;
  inventory: InventoryDesk;
  /** Undefined where the shop has no folder for it. */
  marketing: Marketing | undefined;
}
