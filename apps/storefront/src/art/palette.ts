/** How a tile is coloured: hue in degrees and chroma of OKLCH; the lightness belongs to the theme. */
export interface Tint {
  hue: number;
  chroma: number;
}

const named: [RegExp, Tint][] = [
  [/\b(PINK|ROSE|ROSES|FLAMINGO|SWEETHEART|DOLLY)\b/, { hue: 5, chroma: 0.085 }],
  [/\b(RED|RETROSPOT|STRAWBERRY|CHERRY|POPPY|PAPRIKA)\b/, { hue: 25, chroma: 0.11 }],
  [/\b(ORANGE|APRICOT|COPPER|TERRACOTTA|PUMPKIN|FOX)\b/, { hue: 55, chroma: 0.1 }],
  [/\b(YELLOW|GOLD|GOLDEN|BEE|LEMON|SUNFLOWER|BRASS|SUKI)\b/, { hue: 85, chroma: 0.1 }],
  [/\b(GREEN|GARDEN|LEAF|TREE|WOODLAND|APPLE|APPLES|FROG|HERB|IVY)\b/, { hue: 145, chroma: 0.07 }],
  [/\b(MINT|TURQUOISE|AQUA|TEAL|SEA|SPACEBOY)\b/, { hue: 195, chroma: 0.06 }],
  [/\b(BLUE|SKY|DELFT|WATER|BOYS|CARS|DENIM)\b/, { hue: 245, chroma: 0.075 }],
  [/\b(PURPLE|VIOLET|LAVENDER|AMETHYST|LILAC|BUTTERFLY)\b/, { hue: 305, chroma: 0.08 }],
  [/\b(CHOCOLATE|WOOD|WOODEN|WICKER|COFFEE|NATURAL|RUSTIC|BROWN|CORK)\b/, { hue: 65, chroma: 0.05 }],
  [/\b(IVORY|CREAM|WHITE|VINTAGE|ANTIQUE|DOILY|PANTRY)\b/, { hue: 80, chroma: 0.03 }],
  [/\b(BLACK|SILVER|ZINC|METAL|SLATE|GREY|SKULL|STEEL|TIN)\b/, { hue: 250, chroma: 0.018 }],
];

export const patterns = [
  'plain',
  'dots',
  'checks',
  'stripes',
  'scallops',
  'hearts',
  'stars',
  'waves',
] as const;
export type Pattern = (typeof patterns)[number];

const motifs: [RegExp, Pattern][] = [
  [/\b(POLKADOT|SPOT|SPOTS|SPOTTY|RETROSPOT|POLKA|DOTS?|DOTTY)\b/, 'dots'],
  [/\b(GINGHAM|CHECK|TARTAN|SCOTTIE|SCOTTIES)\b/, 'checks'],
  [/\b(STRIPES?|STRIPEY|STRIPY|CIRCUS|DECKCHAIR)\b/, 'stripes'],
  [/\b(DOILY|LACE|VINTAGE|PAISLEY|BAROQUE|REGENCY|MORRIS)\b/, 'scallops'],
  [/\b(HEARTS?|LOVE|SWEETHEART)\b/, 'hearts'],
  [/\b(STARS?|CHRISTMAS|SPACEBOY|XMAS|MAGIC|FAIRY)\b/, 'stars'],
  [/\b(SEA|WATER|BATH|FISH|UMBRELLA|GARDEN|WOODLAND)\b/, 'waves'],
];

export function tintOf(title: string, id: string): Tint {
  const text = title.toUpperCase();
  return named.find(([word]) => word.test(text))?.[1] ?? { hue: hash(id) % 360, chroma: 0.055 };
}

export function patternOf(title: string, id: string): Pattern {
  const text = title.toUpperCase();
  return motifs.find(([word]) => word.test(text))?.[1] ?? patterns[hash(`${id}p`) % patterns.length]!;
}

/** FNV-1a: the same item looks the same in every browser. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
