import { createRequire } from 'node:module';

const plainAscii = /^[\x20-\x7e]*$/;
const marks = /\p{M}+/gu;
const han = /\p{Script=Han}/u;

/**
 * One form for what is the same word: lower case, full width to half, without accents, traditional Chinese
 * characters as simplified ones. The length may change, so offsets are taken before.
 */
export function fold(text: string): string {
  if (plainAscii.test(text)) return text.toLowerCase();
  const lower = text.normalize('NFKC').toLowerCase();
  if (han.test(lower)) return simplify(lower);
  return lower.normalize('NFKD').replace(marks, '').normalize('NFC');
}

/** Simplified form by UTF-16 unit, 0 where the character is its own; made at the first Chinese text. */
let simplified: Uint16Array | undefined;

/** Traditional characters to simplified ones, one by one, so that the length stays. */
export function simplify(text: string): string {
  simplified ??= simplifiedForms();
  let changed = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const other = simplified[text.charCodeAt(at)]!;
    if (other === 0) continue;
    changed += text.slice(from, at) + String.fromCharCode(other);
    from = at + 1;
  }
  return from === 0 ? text : changed + text.slice(from);
}

function simplifiedForms(): Uint16Array {
  const forms = new Uint16Array(1 << 16);
  const { Converter } = createRequire(import.meta.url)('opencc-js/t2cn') as typeof import('opencc-js');
  const convert = Converter({ from: 't', to: 'cn' });
  for (let code = 0x3400; code < 0xa000; code++) {
    const own = String.fromCharCode(code);
    const other = convert(own);
    if (other !== own && other.length === 1) forms[code] = other.charCodeAt(0);
  }
  return forms;
}
