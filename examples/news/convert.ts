import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

/**
 * Gaps between clicks become times: `node dist/examples/news/convert.js clicks.tsv.gz news.csv.gz [FROM] [TO]`, clicks FROM …
 * TO of the file, all by default.
 */
const [from, to, first = '0', last = 'Infinity'] = process.argv.slice(2);
if (!from || !to) {
  console.error('Say which files: convert clicks.tsv.gz news.csv.gz [FROM] [TO]');
  process.exit(2);
}
const lines = createInterface({ input: createReadStream(from).pipe(createGunzip()) });

async function* rows(): AsyncGenerator<string> {
  yield 'session,item,time\n';
  let time = Date.UTC(2017, 9, 1, 3);
  let at = -1;
  for await (const line of lines) {
    const [session, item, gap] = line.split('\t');
    if (at++ < 0) continue;
    time += 1000 * Number(gap);
    if (at > Number(first) && at <= Number(last))
      yield `${session},article-${item},${new Date(time).toISOString()}\n`;
  }
}
await pipeline(rows(), createGzip(), createWriteStream(to));
