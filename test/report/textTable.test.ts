import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { textTable } from '../../src/report/index.js';

test('a table has no escape codes, and no other room draws its own', () => {
  const table = textTable({ head: ['item', 'stock'] });
  table.push(['mug', 12]);
  assert.ok(!table.toString().includes('\u001b') && table.toString().includes('mug'));
  const source = new URL('../../../src', import.meta.url).pathname;
  const drawing = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && readFileSync(join(source, file), 'utf8').includes("from 'cli-table3'"),
  );
  assert.deepEqual(drawing, [join('report', 'textTable.ts')]);
});
