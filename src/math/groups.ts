/** Rows by group (a counting sort, stable): those of group g are at start[g] … start[g + 1] of `rows`. */
export function groupRows(
  groupOf: Uint32Array | Int32Array,
  groups: number,
): { start: Uint32Array; rows: Uint32Array } {
  const start = new Uint32Array(groups + 1);
  for (const group of groupOf) start[group + 1]!++;
  for (let group = 0; group < groups; group++) start[group + 1]! += start[group]!;
  const next = start.slice();
  const rows = new Uint32Array(groupOf.length);
  groupOf.forEach((group, row) => {
    rows[next[group]!++] = row;
  });
  return { start, rows };
}
