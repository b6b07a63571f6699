/** Names of units by the form they are kept in: "500 ml", "500ML" and "500毫升" are one thing. */
const units = new Map<string, string>(
  Object.entries({
    ml: 'ml milliliter milliliters millilitre millilitres 毫升',
    l: 'l liter liters litre litres 升',
    g: 'g gram grams gramme grammes 克',
    kg: 'kg kilo kilos kilogram kilograms 公斤 千克',
    mg: 'mg milligram milligrams 毫克',
    mm: 'mm millimeter millimeters millimetre millimetres 毫米',
    cm: 'cm centimeter centimeters centimetre centimetres 厘米',
    m: 'm meter meters metre metres 米',
    in: 'in inch inches 英寸 寸',
    ft: 'ft foot feet 英尺',
    oz: 'oz ounce ounces 盎司',
    lb: 'lb lbs pound pounds 磅',
    mb: 'mb megabyte megabytes',
    gb: 'gb gigabyte gigabytes',
    tb: 'tb terabyte terabytes',
    w: 'w watt watts 瓦',
    v: 'v volt volts 伏',
    mah: 'mah 毫安',
    pcs: 'pcs pieces pack packs 片 件 包 只',
    size: '码 号',
  }).flatMap(([unit, names]) => names.split(' ').map((name): [string, string] => [name, unit])),
);
const longestChineseUnit = 2;
/** Words before a number that make it a size: "eu 42". */
const sizeWords = new Set(['eu', 'us', 'uk', 'size', 'no']);

/** The unit that `word` is the name of, or that a Chinese run begins with. */
export function unitOf(word: string): string | undefined {
  const whole = units.get(word);
  if (whole !== undefined || word.charCodeAt(0) < 0x3000) return whole;
  for (let length = longestChineseUnit; length > 0; length--) {
    const unit = units.get(word.slice(0, length));
    if (unit !== undefined) return unit;
  }
  return undefined;
}

export function isSizeWord(word: string): boolean {
  return sizeWords.has(word);
}
