import { headOf, singular } from './head-noun.js';

/** A flat drawing in a 120 × 120 box: paths from back to front, each in one tone of the tile's tint. */
export type Tone = 'main' | 'shade' | 'light' | 'line';
export type Drawing = readonly (readonly [Tone, string])[];

const dot = (x: number, y: number, r: number): string =>
  `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
const box = (x: number, y: number, w: number, h: number, r = 0): string =>
  `M${x + r} ${y}h${w - 2 * r}q${r} 0 ${r} ${r}v${h - 2 * r}q0 ${r} ${-r} ${r}h${2 * r - w}q${-r} 0 ${-r} ${-r}v${2 * r - h}q0 ${-r} ${r} ${-r}z`;
const heart = (x: number, y: number, s: number): string =>
  `M${x} ${y + s}C${x - s * 1.5} ${y - s * 0.1} ${x - s * 0.8} ${y - s * 1.1} ${x} ${y - s * 0.35}C${x + s * 0.8} ${y - s * 1.1} ${x + s * 1.5} ${y - s * 0.1} ${x} ${y + s}z`;
const star = (x: number, y: number, r: number): string =>
  `M${Array.from({ length: 10 }, (_, i) => {
    const reach = i % 2 === 0 ? r : r * 0.42;
    const angle = (Math.PI * i) / 5 - Math.PI / 2;
    return `${(x + reach * Math.cos(angle)).toFixed(1)} ${(y + reach * Math.sin(angle)).toFixed(1)}`;
  }).join('L')}z`;

/** What a title is of, and how that looks. A noun with a star is often a motif: see `headNoun`. */
const drawings: [nouns: string, Drawing][] = [
  [
    'LUNCH BAG',
    [
      ['main', 'M26 34h68l6 68q0 8-8 8H28q-8 0-8-8z'],
      ['shade', 'M26 34h68l3 26H23z'],
      ['line', 'M46 22q0-10 14-10t14 10v14H46z'],
      ['light', box(54, 52, 12, 16, 4)],
    ],
  ],
  [
    'HANDBAG, CHARLOTTE BAG',
    [
      ['line', 'M34 56q-4-44 26-44t26 44'],
      ['main', 'M20 54q40-12 80 0q14 54-14 56H34q-28-2-14-56z'],
      ['shade', 'M20 54q40-12 80 0l3 18q-43 14-86 0z'],
      ['light', dot(60, 70, 7)],
    ],
  ],
  [
    'BAG, SHOPPER, TOTE',
    [
      ['line', 'M42 46V36q0-18 18-18t18 18v10'],
      ['main', 'M24 42h72l8 58q1 8-7 8H23q-8 0-7-8z'],
      ['shade', 'M18 88h84l2 12q1 8-7 8H23q-8 0-7-8z'],
    ],
  ],
  [
    'TEACUP, CUP, MUG',
    [
      ['line', 'M86 54h8q14 0 14 14T94 82h-9'],
      ['main', 'M22 46h66v28q0 26-26 26H48q-26 0-26-26z'],
      ['shade', 'M22 74h66q0 26-26 26H48q-26 0-26-26z'],
      ['light', box(14, 102, 82, 7, 3)],
      ['line', 'M42 36q-6-8 0-15M56 36q-6-8 0-15M70 36q-6-8 0-15'],
    ],
  ],
  [
    'CAKESTAND, CAKE STAND',
    [
      ['line', 'M60 16v88'],
      ['light', 'M46 34q2-14 14-14t14 14zM36 64q2-15 11-15t11 15zM62 64q2-15 11-15t11 15z'],
      ['light', 'M26 94q2-16 13-16t13 16zM68 94q2-16 13-16t13 16z'],
      ['main', `${box(40, 34, 40, 8, 4)}${box(28, 64, 64, 9, 4)}${box(14, 94, 92, 10, 5)}`],
      ['shade', `${dot(60, 14, 6)}${box(46, 104, 28, 6, 3)}`],
    ],
  ],
  [
    'CAKE TIN, STORAGE TIN, TINS',
    [
      ['main', `${box(38, 20, 44, 26, 4)}${box(28, 48, 64, 28, 4)}${box(18, 78, 84, 30, 5)}`],
      ['shade', `${box(35, 16, 50, 10, 4)}${box(25, 45, 70, 10, 4)}${box(15, 75, 90, 10, 4)}`],
      ['light', `${box(50, 58, 20, 12, 3)}${box(46, 89, 28, 13, 3)}${box(53, 30, 14, 10, 3)}`],
    ],
  ],
  [
    'CAKE*, CUPCAKE*',
    [
      ['light', 'M34 58q-10-2-8-12t13-9q4-15 21-15t21 15q11-1 13 9t-8 12z'],
      ['shade', dot(60, 19, 7)],
      ['main', 'M30 58h60l-9 44q-1 6-7 6H46q-6 0-7-6z'],
      ['line', 'M48 62l4 42M60 62v42M72 62l-4 42'],
    ],
  ],
  [
    'CANDLE, T-LIGHT, T-LIGHT HOLDER, CANDLE HOLDER, CANDLEHOLDER, CANDLESTICK',
    [
      ['light', 'M60 10q15 19 0 36q-15-17 0-36z'],
      ['line', 'M60 42v12'],
      ['main', box(40, 52, 40, 44, 5)],
      ['shade', 'M40 66q10 9 14-2t26 2v-9q0-5-5-5H45q-5 0-5 5z'],
      ['shade', box(24, 96, 72, 11, 5)],
    ],
  ],
  [
    'LANTERN',
    [
      ['line', 'M46 28q0-16 14-16t14 16'],
      ['shade', 'M36 40l10-14h28l10 14z'],
      ['main', box(34, 40, 52, 58, 4)],
      ['light', box(42, 48, 36, 42, 3)],
      ['shade', 'M60 54q13 15 0 31q-13-16 0-31z'],
      ['shade', box(28, 98, 64, 9, 4)],
    ],
  ],
  [
    'CLOCK',
    [
      ['shade', 'M30 34a15 15 0 0 1 24-15zM90 34a15 15 0 0 0-24-15z'],
      ['line', 'M36 100l-8 10M84 100l8 10'],
      ['main', dot(60, 66, 41)],
      ['light', dot(60, 66, 31)],
      ['line', 'M60 46v21l14 9'],
    ],
  ],
  [
    'BUNTING',
    [
      ['line', 'M6 30q54 34 108 0'],
      ['main', 'M16 38l24 8l-18 32zM80 46l24-8l-6 40z'],
      ['shade', 'M46 48h28l-14 36z'],
      ['light', `${dot(26, 50, 4)}${dot(60, 58, 5)}${dot(94, 50, 4)}`],
      ['shade', `${dot(36, 98, 4)}${dot(86, 94, 5)}`],
      ['main', dot(60, 104, 4)],
    ],
  ],
  [
    'NECKLACE',
    [
      ['line', 'M22 18q-4 58 38 62q42-4 38-62'],
      ['main', 'M60 74l17 15l-17 23l-17-23z'],
      ['light', 'M60 74l17 15H43z'],
      ['shade', `${dot(31, 60, 6)}${dot(89, 60, 6)}${dot(44, 74, 5)}${dot(76, 74, 5)}`],
    ],
  ],
  [
    'FRAME, PHOTOFRAME',
    [
      ['shade', 'M60 8l16 16H44z'],
      ['main', box(18, 24, 84, 84, 5)],
      ['light', box(30, 36, 60, 60, 2)],
      ['main', 'M30 96l20-28l14 18l10-12l16 22z'],
      ['shade', dot(73, 54, 7)],
    ],
  ],
  [
    'SIGN, CHALKBOARD, BLACKBOARD, NOTICEBOARD',
    [
      ['line', 'M30 42L60 14l30 28'],
      ['main', box(14, 42, 92, 54, 7)],
      ['light', box(22, 50, 76, 38, 4)],
      ['line', 'M36 64h48M44 76h32'],
    ],
  ],
  [
    'CHRISTMAS TREE*',
    [
      ['shade', box(53, 92, 14, 18, 2)],
      ['main', 'M60 22l24 32H72l18 22H76l16 20H28l16-20H30l18-22H36z'],
      ['light', star(60, 18, 12)],
      ['light', `${dot(52, 64, 4)}${dot(70, 76, 4)}${dot(50, 86, 4)}`],
    ],
  ],
  [
    'BIRD*, BIRD ORNAMENT, BIRD DECORATION, ROBIN*',
    [
      ['line', 'M54 94v14M66 94v14M18 108h84'],
      ['main', 'M20 54q0-30 32-30q24 0 30 22q2 6 22 10q-10 40-46 40q-32 0-38-42z'],
      ['shade', 'M50 62q24-8 44 4q-10 24-28 20q-14-4-16-24z'],
      ['shade', 'M22 46l-14 8l14 6z'],
      ['light', dot(38, 44, 5)],
    ],
  ],
  [
    'RABBIT*, BUNNY*',
    [
      ['main', 'M40 52q-12-42 4-44q14 0 12 40zM80 52q12-42-4-44q-14 0-12 40z'],
      ['light', 'M43 44q-5-26 2-28q6 2 5 28zM77 44q5-26-2-28q-6 2-5 28z'],
      ['main', dot(60, 74, 36)],
      ['light', 'M60 78q22 0 22 15q-8 13-22 13t-22-13q0-15 22-15z'],
      ['shade', `${dot(46, 68, 5)}${dot(74, 68, 5)}M53 83h14l-7 9z`],
    ],
  ],
  [
    'GIFT BOX, PRESENT*',
    [
      ['main', box(20, 48, 80, 60, 4)],
      ['shade', box(14, 34, 92, 20, 4)],
      ['light', box(52, 34, 16, 74)],
      ['line', 'M60 33q-30 2-28-12t28 12q30 2 28-12t-28 12'],
    ],
  ],
  [
    'CUSHION, PILLOW, CUSHION COVER',
    [
      ['main', 'M20 22q40 12 80 0q-12 40 0 80q-40-12-80 0q12-40 0-80z'],
      ['shade', 'M100 22q-12 40 0 80q-40-12-80 0q58-8 80-80z'],
      ['light', heart(58, 62, 14)],
    ],
  ],
  [
    'JAR',
    [
      ['shade', box(34, 14, 52, 16, 4)],
      ['main', 'M38 30h44q12 8 12 22v48q0 10-10 10H36q-10 0-10-10V52q0-14 12-22z'],
      ['light', box(36, 58, 48, 32, 4)],
      ['shade', heart(60, 74, 10)],
    ],
  ],
  [
    'BOWL',
    [
      ['main', dot(60, 62, 38)],
      ['light', dot(60, 62, 26)],
      ['shade', dot(60, 62, 12)],
      ['line', 'M10 24v22q0 8 6 8v54M10 30h12v16q0 8-6 8M110 108V24q-10 10-10 40h10'],
    ],
  ],
  [
    'NOTEBOOK, JOURNAL, SKETCHBOOK, DIARY',
    [
      ['main', box(24, 16, 62, 90, 6)],
      ['shade', box(24, 16, 15, 90, 6)],
      ['light', box(48, 32, 28, 18, 3)],
      ['line', 'M48 64h26M48 76h18'],
      ['shade', 'M92 40h12v50l-6 14l-6-14z'],
    ],
  ],
  [
    'FLOWER POT, FLOWERPOT',
    [
      ['line', 'M60 58v26'],
      ['light', `${dot(60, 24, 14)}${dot(80, 39, 14)}${dot(72, 61, 14)}${dot(48, 61, 14)}${dot(40, 39, 14)}`],
      ['shade', dot(60, 44, 12)],
      ['main', 'M32 82h56l-7 22q-2 6-8 6H47q-6 0-8-6z'],
      ['shade', box(27, 76, 66, 12, 4)],
    ],
  ],
  [
    'UMBRELLA',
    [
      ['line', 'M60 14v80q0 14 12 14t12-12'],
      ['main', 'M12 64q6-44 48-46q42 2 48 46q-12-10-24 0q-12-10-24 0q-12-10-24 0q-12-10-24 0z'],
      ['shade', 'M60 18q24 14 24 46q-12-10-24 0q-12-10-24 0q0-32 24-46z'],
    ],
  ],
  [
    'HOOK',
    [
      ['main', box(22, 20, 76, 24, 10)],
      ['shade', `${dot(36, 32, 4)}${dot(84, 32, 4)}`],
      ['line', 'M60 44v28q0 20 18 20t18-16'],
      ['line', 'M60 72q0 20-18 20T24 76'],
      ['light', `${dot(96, 72, 6)}${dot(24, 72, 6)}`],
    ],
  ],
  [
    'BOX',
    [
      ['main', box(18, 50, 84, 58, 5)],
      ['shade', 'M18 72h84v31q0 5-5 5H23q-5 0-5-5z'],
      ['shade', box(12, 32, 96, 22, 5)],
      ['light', box(46, 64, 28, 18, 4)],
      ['line', 'M44 32q0-16 16-16t16 16'],
    ],
  ],
  [
    'HEART*',
    [
      ['line', 'M60 36q-12-24 0-28q12 4 0 28'],
      ['main', heart(60, 66, 40)],
      ['shade', 'M60 106C96 80 104 60 96 44q6 34-36 62z'],
      ['light', heart(46, 54, 7)],
    ],
  ],
  [
    'BAUBLE*',
    [
      ['line', 'M60 8v20'],
      ['shade', box(52, 26, 16, 12, 3)],
      ['main', dot(60, 72, 36)],
      ['light', star(60, 72, 19)],
    ],
  ],
];

/** Two words that are another thing than their last. */
const notAlone: ReadonlySet<string> = new Set([
  'EGG CUP',
  'TEA BAG',
  'BEAN BAG',
  'SLEEPING BAG',
  'LETTER BOX',
  'PHOTO FRAME CLIP',
]);

const byNoun = new Map(
  drawings.flatMap(([nouns, drawing]) =>
    nouns.split(', ').map((noun) => [noun.replace('*', ''), { drawing, motif: noun.endsWith('*') }] as const),
  ),
);

/** The drawing of what a title names; undefined where it names nothing that there is a drawing of. */
export function drawingOf(title: string): Drawing | undefined {
  const { words, bare } = headOf(title);
  for (const noun of [words.slice(-2).join(' '), words.at(-1) ?? '']) {
    const found = byNoun.get(noun) ?? byNoun.get(singular(noun));
    if (found) return found.motif && !bare ? undefined : found.drawing;
    if (notAlone.has(singular(noun))) return undefined;
  }
  return undefined;
}
