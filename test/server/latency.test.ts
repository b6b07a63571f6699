import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Latency } from '../../src/server/latency.js';

test('answers are counted by bucket, each with the quicker ones, and by what they are labelled with', () => {
  const latency = new Latency('seconds', 'Time');
  for (const seconds of [0.0005, 0.0006, 0.3, 7]) latency.observe('GET', '/a', 200, seconds);
  latency.observe('GET', '/a', 404, 1);
  const text = latency.text();
  const count = (le: string, status: number): number =>
    Number(text.match(new RegExp(`^seconds_bucket\\{le="${le}",.*status="${status}"\\} (\\d+)$`, 'm'))?.[1]);
  const bounds = ['0.0005', '0.001', '0.1', '0.5', '5', '\\+Inf'];
  assert.deepEqual(
    bounds.map((le) => count(le, 200)),
    [1, 2, 2, 3, 3, 4],
  );
  assert.deepEqual(
    bounds.map((le) => count(le, 404)),
    [0, 0, 0, 0, 1, 1],
  );
  assert.match(text, /^# TYPE seconds histogram$/m);
  assert.match(text, /^seconds_sum\{method="GET",route="\/a",status="200"\} 7\.3011$/m);
  assert.match(text, /^seconds_count\{method="GET",route="\/a",status="200"\} 4$/m);
});
