/** A number as a text may mean it. */
export interface NumberReading {
  /** With the sign before the last three digits as a decimal sign. */
  decimal: number;
  /** With that sign between thousands. Equal to `decimal` where there is no doubt. */
  grouped: number;
  /** The sign in doubt. */
  doubt?: '.' | ',';
  /** The decimal sign that the text shows without doubt. */
  shows?: '.' | ',';
  /** Currency by its sign or code, where that is one currency alone. */
  currency?: string;
  /** Whatever sign or code of money there is: amounts of different signs do not compare. */
  sign?: string;
}

/** Full-width digits and signs, and Arabic digits, as ASCII. */
export function fullWidth(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all but ASCII
  if (/^[\u0000-\u007f]*$/.test(text)) return text;
  return text
    .normalize('NFKC')
    .replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replaceAll('\u066b', '.')
    .replaceAll('\u066c', ',')
    .replaceAll('\u2212', '-');
}

/** Signs and words of money; those that stand for one currency alone say which. */
const money: [RegExp, string?][] = [
  [/US\$|U\$S/i, 'USD'],
  [/R\$/i, 'BRL'],
  [/A\$|AU\$/i, 'AUD'],
  [/C\$|CA\$/i, 'CAD'],
  [/HK\$/i, 'HKD'],
  [/NT\$/i, 'TWD'],
  [/€|euros?\b/i, 'EUR'],
  [/£/, 'GBP'],
  [/₹|\bRs\.?/i, 'INR'],
  [/₩|원/, 'KRW'],
  [/₽|руб\.?/i, 'RUB'],
  [/₺/, 'TRY'],
  [/₫/, 'VND'],
  [/฿/, 'THB'],
  [/₴/, 'UAH'],
  [/₪/, 'ILS'],
  [/zł/i, 'PLN'],
  [/Kč/i, 'CZK'],
  [/\bFt\b/i, 'HUF'],
  [/元|人民币|RMB/i, 'CNY'],
  [/円/, 'JPY'],
  [/\bRp\.?(?=\s|\d|$)/i, 'IDR'],
  [/\bRM(?=\s|\d|$)/, 'MYR'],
  [/₱/, 'PHP'],
  [/₦/, 'NGN'],
  [/лв\.?/i, 'BGN'],
  [/\bFr\.(?=\s|\d|$)/, 'CHF'],
  [/kr\.?(?![a-z])|[$¥￥]|,-/i],
];
const codes = new Set(
  `AED ARS AUD BDT BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KES KRW KWD MAD MXN MYR NGN NOK NZD
   PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR`.split(/\s+/),
);

const wholeMoney = new Set(['CLP', 'COP', 'IDR', 'ISK', 'JPY', 'KRW', 'VND']);

/** The currency that a sign alone stands for, such as €. */
export function currencyOfSign(text: string): string | undefined {
  return money.find(([sign, name]) => name !== undefined && sign.exec(text)?.[0] === text)?.[1];
}

/** The code of a currency that is written as its sign, its name or its code. */
export const currencyOf = (text: string): string | undefined =>
  codes.has(text.toUpperCase()) ? text.toUpperCase() : currencyOfSign(text);

/** The currency that ¥ is in a file with these columns: of Chinese ones the yuan, of Japanese ones the yen. */
export function currencyOfYen(columns: readonly string[]): string | undefined {
  const names = columns.join(' ');
  if (/[\u3040-\u30ff]|円|価|注文/.test(names)) return 'JPY';
  return /[价单货买订户时间标题编码]/.test(names) ? 'CNY' : undefined;
}

/** A rating: a number, `4/5`, `4 out of 5 stars`, `4 stars`, `4星` or `★★★★☆`. */
export function readRating(given: string): NumberReading | undefined {
  const stars = /^(★+)[☆★]*$|^(⭐️?)+$/u.exec(given.trim());
  if (stars) return whole(given.match(/[★⭐]/gu)!.length);
  const said =
    /^(\d+(?:[.,]\d+)?)\s*(?:(?:\/|out of|of|von|sur|de|di)\s*\d+(?:\s*\p{L}+)?|\p{L}+|[星分])$/iu.exec(
      given.trim(),
    );
  return readNumber(said?.[1] ?? given);
}

const plain = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads an amount or a count: decimal commas and points, thousands by point, comma, blank or apostrophe, Indian groups,
 * full-width digits, signs and codes of currencies, minus behind or brackets. Undefined where it is no number.
 */
export function readNumber(given: string): NumberReading | undefined {
  const text = given.trim();
  if (plain.test(text) && !/^[+-]?\d{1,3}\.\d{3}$/.test(text)) {
    const value = Number(text);
    if (!Number.isFinite(value)) return undefined;
    const shows = text.includes('.') ? ({ shows: '.' } as const) : {};
    return { decimal: value, grouped: value, ...shows };
  }
  const { bare, currency, sign: shown } = withoutMoney(fullWidth(text));
  const many = /^([+-]?\d[\d,]*(?:\.\d+)?)\s*[万萬]$/.exec(bare)?.[1];
  if (many !== undefined) {
    const value = Number((10_000 * Number(many.replaceAll(',', ''))).toFixed(4));
    return { ...whole(value), ...(currency && { currency }), ...(shown && { sign: shown }) };
  }
  const parts = /^(\()?([+-])?(?=[\d.,])([\d.,' ’\u00a0\u202f]*\d[.,]?|\d)([+-])?(\))?$/.exec(bare);
  if (!parts) return undefined;
  const [, open, before, digits, behind, close] = parts as unknown as (string | undefined)[];
  if ((open === undefined) !== (close === undefined) || (before !== undefined && behind !== undefined))
    return undefined;
  const sign = open !== undefined || before === '-' || behind === '-' ? -1 : 1;
  const found = unsigned(digits!.replace(/[ ’'\u00a0\u202f]/g, "'"));
  if (!found) return undefined;
  // Nobody counts in hundredths of these: what looks like three decimals are thousands.
  if (found.doubt && currency !== undefined && wholeMoney.has(currency)) {
    found.decimal = found.grouped;
    delete found.doubt;
  }
  const reading: NumberReading = { ...found, decimal: sign * found.decimal, grouped: sign * found.grouped };
  if (currency !== undefined) reading.currency = currency;
  if (shown !== undefined) reading.sign = shown;
  return reading;
}

function withoutMoney(text: string): {
  bare: string;
  currency?: string | undefined;
  sign?: string | undefined;
} {
  // `9.–` is how the Swiss write a round amount.
  let bare = text.trim().replace(/(?<=\d)[.,][–—-]+$/, '');
  let currency: string | undefined;
  let shown: string | undefined;
  const code = /^([A-Z]{3})\s*(?=[\d(+-.])|(?<=[\d)+-.])\s*([A-Z]{3})$/.exec(bare);
  if (code && codes.has((code[1] ?? code[2])!)) {
    currency = code[1] ?? code[2];
    bare = bare.replace(code[0], '').trim();
  }
  for (const [sign, name] of money) {
    if (!sign.test(bare)) continue;
    currency ??= name;
    shown = name ?? sign.exec(bare)![0];
    // `9€90`: the sign stands for the decimal sign.
    bare = bare
      .replace(new RegExp(`(?<=\\d)(?:${sign.source})(?=\\d\\d$)`, sign.flags), ',')
      .replace(sign, '')
      .trim();
    break;
  }
  return {
    bare: bare.replace(/^([+-])\s+/, '$1').replace(/^\(\s+|\s+\)$/g, (part) => part.trim()),
    currency,
    sign: currency ?? shown,
  };
}

/** Digits with points, commas and apostrophes (any other sign between groups is one of those by now). */
function unsigned(text: string): NumberReading | undefined {
  const dots = text.split('.').length - 1;
  const commas = text.split(',').length - 1;
  if (dots > 0 && commas > 0) {
    const decimal = text.lastIndexOf('.') > text.lastIndexOf(',') ? '.' : ',';
    return sureNumber(text, decimal);
  }
  const sign = dots > 0 ? '.' : ',';
  const count = dots + commas;
  if (count === 0) return groupedDigits(text, "'") ? whole(text.replaceAll("'", '')) : undefined;
  if (count > 1) {
    const other = sign === '.' ? ',' : '.';
    return groupedDigits(text, sign)
      ? { ...whole(text.replaceAll(sign, '').replaceAll("'", '')), shows: other }
      : undefined;
  }
  const [before, after] = text.split(sign) as [string, string];
  const doubtful = after.length === 3 && /^[1-9]\d{0,2}$/.test(before);
  if (!doubtful) return sureNumber(text, sign);
  return { decimal: Number(`${before}.${after}`), grouped: Number(`${before}${after}`), doubt: sign };
}

function whole(digits: string | number): NumberReading {
  const value = Number(digits);
  return { decimal: value, grouped: value };
}

/** With a decimal sign known: what is before it is in groups, what is behind are digits. */
function sureNumber(text: string, decimal: '.' | ','): NumberReading | undefined {
  const at = text.lastIndexOf(decimal);
  const [before, after] = [text.slice(0, at), text.slice(at + 1)];
  const group = before.includes("'") ? "'" : decimal === '.' ? ',' : '.';
  if (!/^\d*$/.test(after) || (before === '' && after === '') || !groupedDigits(before, group))
    return undefined;
  const value = Number(`${before.replaceAll(group, '')}.${after}`);
  return Number.isNaN(value) ? undefined : { decimal: value, grouped: value, shows: decimal };
}

/** Groups of three, or Indian ones: two digits a group but the last. */
function groupedDigits(text: string, sign: string): boolean {
  if (/^\d*$/.test(text)) return true;
  const groups = text.split(sign);
  const last = groups.at(-1)!;
  if (groups.some((group) => !/^\d+$/.test(group)) || last.length !== 3 || groups[0]!.length > 3)
    return false;
  const between = groups.slice(1, -1);
  return (
    between.every(({ length }) => length === 3) ||
    (groups[0]!.length <= 2 && between.every(({ length }) => length === 2))
  );
}
