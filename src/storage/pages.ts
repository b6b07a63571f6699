import { readSync } from 'node:fs';

/** Root of one tree of an LMDB file: MDB_db of mdb.c. */
export interface Tree {
  /** Whether its keys are in the order of their bytes; the other trees have numbers for keys. */
  byBytes: boolean;
  depth: number;
  entries: number;
  root: number;
}

/** What MDB_meta says: the size of a page, the last one in use, and the trees of free pages and of everything else. */
export interface Meta {
  pageSize: number;
  lastPage: number;
  transaction: number;
  free: Tree;
  main: Tree;
}

const headerSize = 24;
const nodeSize = 8;
const metaMagic = 0xbeefc0de;
const treeSize = 48;
const [branch, leaf, overflow] = [1, 2, 4];
/** Flags of a node: its data is on pages of its own, or is a tree. */
const [bigData, subTree] = [1, 2];
/** Flag of a tree. */
const integerKey = 8;
const none = 0xffff_ffff_ffff_ffffn;

/** The meta page at byte `at`, undefined where there is none. */
export function readMeta(file: number, at: number): Meta | undefined {
  const bytes = Buffer.alloc(headerSize + 192);
  if (readSync(file, bytes, 0, bytes.length, at) < bytes.length) return undefined;
  if (bytes.readUInt32LE(headerSize) !== metaMagic) return undefined;
  const trees = headerSize + 24;
  return {
    pageSize: bytes.readUInt32LE(trees),
    lastPage: Number(bytes.readBigUInt64LE(trees + 2 * treeSize)),
    transaction: Number(bytes.readBigUInt64LE(trees + 2 * treeSize + 8)),
    free: treeAt(bytes, trees),
    main: treeAt(bytes, trees + treeSize),
  };
}

/**
 * What the last transaction wrote. LMDB writes two in turn, and each whole: with one damaged it would go back to what was
 * before the other, so undefined then.
 */
export function newestMeta(file: number): Meta | undefined {
  const first = readMeta(file, 0);
  const second = readMeta(file, first?.pageSize ?? 4096);
  if (!first || !second) return undefined;
  return first.transaction > second.transaction ? first : second;
}

/** A run of pages in use, and the bytes of it, from its start, that hold nothing. */
export type PageVisitor = (page: number, pages: number, unused: readonly [from: number, to: number]) => void;

/**
 * Walks every tree of the file as LMDB would, and says what is wrong with the first page that is not as it must be;
 * undefined when all are sound. LMDB itself trusts what it maps: a damaged page ends the process by a signal. Costs
 * about a second a gigabyte. Nobody may write meanwhile.
 */
export function findDamage(file: number, meta: Meta, visit: PageVisitor = () => {}): string | undefined {
  try {
    const walk = new Walk(file, meta, visit);
    walk.tree(meta.free);
    walk.tree(meta.main);
    return undefined;
  } catch (error) {
    if (error instanceof Damage) return error.message;
    throw error;
  }
}

class Damage extends Error {}

class Walk {
  readonly #seen: Uint8Array;
  /** The key before, in a tree ordered by bytes. */
  #last: Buffer | undefined;

  constructor(
    private readonly file: number,
    private readonly meta: Meta,
    private readonly visit: PageVisitor,
  ) {
    const { pageSize, lastPage } = meta;
    if (pageSize < 512 || pageSize > 65_536 || !(lastPage < 2 ** 40))
      throw new Damage('its header is damaged');
    this.#seen = new Uint8Array(lastPage + 1);
  }

  tree({ root, depth, entries, byBytes }: Tree): void {
    if (root < 0) return;
    const around = this.#last;
    this.#last = byBytes ? Buffer.alloc(0) : undefined;
    if (this.#page(root, depth) !== entries) throw new Damage(`the tree at page ${root} lacks entries`);
    this.#last = around;
  }

  /** Checks what is below a page of the given height (1: leaf); returns how many entries there are. */
  #page(number: number, height: number): number {
    const page = this.#read(number, 1);
    const damaged = (what: string): Damage => new Damage(`page ${number} ${what}`);
    const flags = page.readUInt16LE(18) & 0x0f;
    if (flags !== (height === 1 ? leaf : branch)) throw damaged('is of the wrong kind');
    const count = page.readUInt16LE(20) >> 1;
    const upper = page.readUInt16LE(22);
    const room = this.meta.pageSize - headerSize;
    if (count === 0 || 2 * count > upper || upper > room) throw damaged('has impossible bounds');
    this.visit(number, 1, [headerSize + 2 * count, headerSize + upper]);
    let entries = 0;
    for (let at = 0; at < count; at++) {
      const node = headerSize + page.readUInt16LE(headerSize + 2 * at);
      const key = node + nodeSize <= page.length ? page.readUInt16LE(node + 6) : room;
      const data = node + nodeSize + key;
      if (node < headerSize + upper || data > page.length) throw damaged('has an entry out of bounds');
      entries += height === 1 ? this.#entry(page, node, data) : this.#page(childOf(page, node), height - 1);
    }
    return entries;
  }

  #entry(page: Buffer, node: number, data: number): number {
    const key = page.subarray(node + nodeSize, data);
    if (this.#last && this.#last.compare(key) >= 0) throw new Damage('keys are out of order');
    if (this.#last) this.#last = key;
    const size = page.readUInt32LE(node);
    const flags = page.readUInt16LE(node + 4);
    const inside = flags & bigData ? headerSize : flags & subTree ? treeSize : size;
    if (data + inside > page.length) throw new Damage('an entry is longer than its page');
    if (flags & bigData) {
      const pages = Number(page.readBigUInt64LE(data + 16));
      if (headerSize + size > pages * this.meta.pageSize) throw new Damage('a long entry lacks pages');
      const first = Number(page.readBigUInt64LE(data));
      this.#read(first, pages);
      this.visit(first, pages, [headerSize + size, pages * this.meta.pageSize]);
    }
    if (flags & subTree) this.tree(treeAt(page, data));
    return 1;
  }

  /** The first of `count` pages that belong together, none of them seen before. */
  #read(number: number, count: number): Buffer {
    const { pageSize, lastPage } = this.meta;
    if (!(number >= 2 && count >= 1 && number + count - 1 <= lastPage))
      throw new Damage(`there is no page ${number}`);
    for (let at = number; at < number + count; at++) {
      if (this.#seen[at]) throw new Damage(`page ${at} is there twice`);
      this.#seen[at] = 1;
    }
    const page = Buffer.allocUnsafe(pageSize);
    const end = (number + count) * pageSize;
    const whole = readSync(this.file, page, 0, pageSize, number * pageSize) === pageSize;
    if (!whole || (count > 1 && readSync(this.file, Buffer.alloc(1), 0, 1, end - 1) === 0)) {
      throw new Damage(`it is truncated: page ${number} of ${lastPage} is missing`);
    }
    if (Number(page.readBigUInt64LE(0)) !== number) throw new Damage(`page ${number} is overwritten`);
    if (count > 1 && (page.readUInt16LE(18) & 0x0f) !== overflow)
      throw new Damage(`page ${number} is of the wrong kind`);
    return page;
  }
}

const childOf = (page: Buffer, node: number): number =>
  page.readUInt32LE(node) + page.readUInt16LE(node + 4) * 2 ** 32;

function treeAt(bytes: Buffer, at: number): Tree {
  const root = bytes.readBigUInt64LE(at + 40);
  return {
    byBytes: (bytes.readUInt16LE(at + 4) & integerKey) === 0,
    depth: bytes.readUInt16LE(at + 6),
    entries: Number(bytes.readBigUInt64LE(at + 32)),
    root: root === none ? -1 : Number(root),
  };
}
