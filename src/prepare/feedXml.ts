import { SaxesParser } from 'saxes';
import { encodingOf, textOf } from './encoding.js';
import type { JsonSink } from './jsonSink.js';

/** Elements that hold one product each: RSS, Atom, and plain product feeds. */
const entries = new Set(['item', 'entry', 'product', 'offer', 'shopitem']);

/** An element that is open: its text, and what is inside it. */
interface Open {
  name: string;
  text: string;
  inside: Record<string, unknown> | undefined;
}

/**
 * Reads a product feed in XML (Google Merchant RSS and Atom, and their like), a product a record: an element that
 * comes again is a list. XML that breaks off is one malformed row; what came before it counts.
 */
export async function readFeed(path: string, sink: JsonSink): Promise<void> {
  const encoding = await encodingOf(path);
  let row = 0;
  let product: Open[] | undefined;
  let broken: string | undefined;
  let ended = false;
  const parser = new SaxesParser({ position: true });
  parser.on('error', (error) => {
    const why = error.message.replace(/^(\S*:)?\d+:\d+: /, '').replace(/\.$/, '');
    broken ??= ended
      ? `the XML ends early, in line ${parser.line}${product ? `, within product ${row + 1}` : ''}`
      : `line ${parser.line}: ${why}`;
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (broken !== undefined) return;
    const plain = name.replace(/^.*:/, '');
    if (product) product.push({ name: plain, text: '', inside: undefined });
    else if (entries.has(plain.toLowerCase()))
      product = [{ name: plain, text: '', inside: { ...attributes } }];
  });
  const text = (piece: string): void => {
    const open = product?.at(-1);
    if (open && open.text.length < longestText) open.text += piece;
  };
  parser.on('text', text);
  parser.on('cdata', text);
  parser.on('closetag', () => {
    if (broken !== undefined || !product) return;
    const closed = product.pop()!;
    const parent = product.at(-1);
    if (parent) {
      parent.inside ??= {};
      add(parent.inside, closed.name, closed.inside ?? closed.text.trim());
      return;
    }
    product = undefined;
    sink.record(closed.inside ?? {}, { row: ++row });
  });
  for await (const piece of textOf(path, encoding.name)) {
    parser.write(piece);
    if (broken !== undefined) break;
    await sink.pause?.();
  }
  ended = true;
  if (broken === undefined) parser.close();
  if (broken !== undefined) sink.malformed(++row, product?.[0]?.name ?? 'XML', broken);
}

const longestText = 1 << 20;

function add(record: Record<string, unknown>, name: string, value: unknown): void {
  if (!Object.hasOwn(record, name)) record[name] = value;
  else if (Array.isArray(record[name])) (record[name] as unknown[]).push(value);
  else record[name] = [record[name], value];
}
