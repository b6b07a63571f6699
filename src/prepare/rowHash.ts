/** 53 bits of some cells (cyrb53); rows that are equal in all columns asked for differ by it where the others differ. */
export function hashOf(cells: readonly (string | undefined)[], places: readonly number[]): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (const at of places) {
    const cell = cells[at] ?? '';
    for (let k = 0; k < cell.length; k++) {
      const code = cell.charCodeAt(k);
      a = Math.imul(a ^ code, 2654435761);
      b = Math.imul(b ^ code, 1597334677);
    }
    a = Math.imul(a ^ 0x1f, 2654435761);
    b = Math.imul(b ^ 0x1f, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
