import { isAscii, isUtf8 } from 'node:buffer';
import { analyse } from 'chardet';
import { EndcapError } from '../core/index.js';
import { bytesOf } from './bytes.js';

/** An encoding by its name in the WHATWG standard, and how it came to be known. */
export interface Encoding {
  name: string;
  by: 'mark' | 'bytes' | 'mapping';
  /** Lines that are not in that encoding: they are set aside. */
  broken: number;
}

const newline = 10;
/** Bytes of lines beyond UTF-8 that are looked at to tell which encoding they are in. */
const sampleSize = 256 << 10;

/**
 * Tells the encoding from all bytes of a file: the first letter with an accent may be anywhere. A mark decides; then
 * the pattern of zero bytes of UTF-16; then UTF-8, unless more lines are none than are UTF-8 beyond ASCII; then the
 * letters that the bytes would be.
 */
export async function encodingOf(path: string, said?: string): Promise<Encoding> {
  if (said !== undefined) return { name: checkedName(said), by: 'mapping', broken: 0 };
  const lines = { utf8: 0, other: 0 };
  const samples: Buffer[] = [];
  let sampled = 0;
  let rest: Buffer = Buffer.alloc(0);
  let first = true;
  const look = (line: Buffer): void => {
    if (isUtf8(line)) lines.utf8++;
    else {
      lines.other++;
      if (sampled < sampleSize) samples.push(Buffer.from(line));
      sampled += line.length;
    }
  };
  for await (const chunk of bytesOf(path)) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    if (first) {
      const wide = markOf(bytes) ?? wideOf(bytes);
      if (wide) return wide;
      first = false;
    }
    // A line that goes on for ever is looked at in pieces.
    const end = bytes.lastIndexOf(newline) + 1 || (bytes.length > 8 << 20 ? wholeLetters(bytes) : 0);
    eachLine(bytes.subarray(0, end), look);
    rest = bytes.subarray(end);
  }
  eachLine(rest, look);
  if (lines.other <= lines.utf8) return { name: 'utf-8', by: 'bytes', broken: lines.other };
  return { name: guessed(Buffer.concat(samples)), by: 'bytes', broken: 0 };
}

function checkedName(said: string): string {
  try {
    return new TextDecoder(said).encoding;
  } catch {
    throw new EndcapError('invalid_mapping', `There is no encoding "${said}"`, {
      errors: [{ field: 'encoding', message: 'is not known' }],
      remedy: 'For example utf-8, utf-16le, utf-16be, windows-1252, gb18030, shift_jis, big5, euc-kr',
    });
  }
}

/** A mark of UTF-16; that of UTF-8 goes by itself. */
function markOf([a, b]: Buffer): Encoding | undefined {
  if (a === 0xff && b === 0xfe) return { name: 'utf-16le', by: 'mark', broken: 0 };
  if (a === 0xfe && b === 0xff) return { name: 'utf-16be', by: 'mark', broken: 0 };
  return undefined;
}

/** UTF-16 without its mark: where the text is Latin, every other byte is zero; separators and digits always are. */
function wideOf(bytes: Buffer): Encoding | undefined {
  const head = bytes.subarray(0, 64 << 10);
  const zeros = [0, 0];
  for (let at = 0; at < head.length; at++) if (head[at] === 0) zeros[at & 1]!++;
  const [even, odd] = zeros as [number, number];
  if (even + odd < head.length / 10) return undefined;
  if (odd > 9 * even) return { name: 'utf-16le', by: 'bytes', broken: 0 };
  if (even > 9 * odd) return { name: 'utf-16be', by: 'bytes', broken: 0 };
  return undefined;
}

/** Length without a letter of UTF-8 that the end cuts. */
function wholeLetters(bytes: Buffer): number {
  let end = bytes.length;
  while (end > bytes.length - 4 && (bytes[end - 1]! & 0xc0) === 0x80) end--;
  return bytes[end - 1]! >= 0xc0 ? end - 1 : end;
}

/** Calls `look` with each line beyond ASCII; whole stretches of ASCII are passed over at once. */
function eachLine(bytes: Buffer, look: (line: Buffer) => void): void {
  if (isAscii(bytes)) return;
  for (let from = 0; from < bytes.length; ) {
    const at = bytes.indexOf(newline, from);
    const line = bytes.subarray(from, at < 0 ? bytes.length : at);
    if (!isAscii(line)) look(line);
    from += line.length + 1;
  }
}

const multibyte = ['gb18030', 'big5', 'shift_jis', 'euc-jp', 'euc-kr'] as const;

/**
 * Which encoding bytes beyond UTF-8 are in. Those whose letters come in pairs are tried and the one is taken whose
 * characters are the most common of their language; where none fits, letters are single: the choice among those is
 * chardet's, or Windows-1252, the most frequent by far.
 */
function guessed(sample: Buffer): string {
  let best: { name: string; score: number } | undefined;
  if (pairsOnly(sample)) {
    for (const name of multibyte) {
      const score = commonness(name, sample);
      if (score > 0.5 && score > (best?.score ?? 0)) best = { name, score };
    }
  }
  if (best) return best.name;
  // Words all of whose letters are beyond ASCII, but not in pairs: another alphabet, one byte a letter.
  if (pairsOnly(sample)) return otherAlphabet(sample);
  if (fitsCentralEurope(sample)) return 'windows-1250';
  const single = analyse(sample).find(
    ({ name, confidence }) => /^(windows|ISO)/i.test(name) && confidence >= 40,
  );
  const label = single?.name ?? 'windows-1252';
  // Latin-1 is a part of Windows-1252, which is what people have.
  return label.toLowerCase() === 'iso-8859-1' ? 'windows-1252' : new TextDecoder(label).encoding;
}

const cyrillic = 'оеаинтсрвлкмдпуязыьб';
/** The most frequent letters of alphabets of one byte a letter, by encoding. */
const frequent: Record<string, string> = {
  'windows-1251': cyrillic,
  'koi8-r': cyrillic,
  'iso-8859-5': cyrillic,
  'windows-1253': 'αοιετσνηυρπκμλςόίάέή',
  'windows-1255': 'יוהלאמרתבשנחםדע',
  'windows-1256': 'اليمونرتبةعدسفهكح',
};

const western = 'äöüßéèêëàâçñóíáúôîïùûœæåøãõìò–—’‘“”„€…°²®';
const central = 'äöüßéáíóúýąćęłńśźżčďěňřšťůžőűăâîşţ–—’‘“”„€…°';

/** Whether letters of one byte are those of Polish, Czech, Hungarian … rather than of the west of Europe. */
function fitsCentralEurope(sample: Buffer): boolean {
  const share = (name: string, letters: string): number => {
    const found = [...decoded(sample, name).toLowerCase()].filter((sign) => sign > '\u007f');
    return found.filter((sign) => letters.includes(sign)).length / Math.max(1, found.length);
  };
  return share('windows-1250', central) > share('windows-1252', western) + 0.1;
}

/** The encoding in which most letters are frequent ones of its alphabet. */
function otherAlphabet(sample: Buffer): string {
  const share = (name: string): number => {
    const letters = [...decoded(sample, name)].filter((sign) => sign > '\u007f');
    return letters.filter((sign) => frequent[name]!.includes(sign)).length / Math.max(1, letters.length);
  };
  const names = Object.keys(frequent);
  return names.reduce((best, name) => (share(name) > share(best) ? name : best), names[0]!);
}

/** Whether high bytes stand together, as in scripts of two bytes a letter; an accent stands alone among letters. */
function pairsOnly(sample: Buffer): boolean {
  let alone = 0;
  let together = 0;
  for (let at = 0; at < sample.length; at++) {
    if (sample[at]! < 0x80) continue;
    let end = at;
    while (end < sample.length && sample[end]! >= 0x80) end++;
    if (end - at === 1) alone++;
    else together += end - at;
    at = end;
  }
  return together > 3 * alone;
}

/**
 * The most frequent characters of headers and titles. Every Korean syllable is a common Chinese character when it is
 * read as GB18030: what tells the two apart is how usual the characters are.
 */
const usual: Partial<Record<(typeof multibyte)[number], string>> = {
  gb18030:
    '的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可商品名称用户订单号数量价格时间日期类型行为编码类目金额状态购买会员色码新款女男装套小白黑红水面膜手机',
  big5: '的一是不了人我在有他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可商品名稱用戶訂單號數量價格時間日期類型行為編碼類目金額狀態購買會員色碼新款女男裝套小白黑紅水面膜手機',
  'euc-kr':
    '이다는의가을에고하지로기사도리어자대은인그시수정아한나보만전해일장부주상스제여서구라조동원과선발신공미성비소문유연우방중용무적니진호번자품명량가격간날짜고객회코드매판색트',
};

/** Share of the characters beyond ASCII that are common in the language of the encoding, less what does not decode. */
function commonness(name: (typeof multibyte)[number], sample: Buffer): number {
  const text = decoded(sample, name);
  let common = 0;
  let all = 0;
  for (const sign of text) {
    const code = sign.codePointAt(0)!;
    if (code < 0x80) continue;
    all++;
    if (code === 0xfffd) common -= 5;
    else if (code >= 0x3000 && code <= 0x303f) common++;
    else if (code >= 0xff01 && code <= 0xff5e) common++;
    else if (usual[name]?.includes(sign)) common += 1.25;
    else if (name === 'euc-kr') common += code >= 0xac00 && code <= 0xd7a3 ? 0.98 : 0;
    else if (name === 'shift_jis' || name === 'euc-jp')
      common += code >= 0x3040 && code <= 0x30ff ? 1.2 : levelOne(code, 'shift_jis') ? 0.8 : 0;
    else if (code >= 0x4e00 && code <= 0x9fff) common += levelOne(code, name) ? 1 : 0.2;
  }
  return all === 0 ? 0 : common / all;
}

/** Characters of the common half of each character set, which lies together in its table. */
const levels = new Map<string, Set<number>>();
function levelOne(code: number, name: 'gb18030' | 'big5' | 'shift_jis'): boolean {
  let set = levels.get(name);
  if (!set) {
    set = new Set();
    const ranges = { gb18030: [0xb0, 0xd7], big5: [0xa4, 0xc6], shift_jis: [0x88, 0x97] } as const;
    const [from, to] = ranges[name];
    const decoder = new TextDecoder(name);
    for (let lead = from; lead <= to; lead++)
      for (let trail = name === 'gb18030' ? 0xa1 : 0x40; trail <= 0xfe; trail++) {
        const found = decoder.decode(Uint8Array.of(lead, trail));
        if (found.length === 1) set.add(found.codePointAt(0)!);
      }
    levels.set(name, set);
  }
  return set.has(code);
}

/** Bytes as text. In one piece Node takes Windows-1252 for Latin-1, without €; as a stream it does not. */
export function decoded(bytes: Uint8Array, encoding: string): string {
  const decoder = new TextDecoder(encoding);
  return decoder.decode(bytes, { stream: true }) + decoder.decode();
}

/** The text of a file in pieces, without its mark. */
export async function* textOf(path: string, encoding: string): AsyncIterable<string> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of bytesOf(path)) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== '') yield text;
  }
  const last = decoder.decode();
  if (last !== '') yield last;
}
