/** Words that say how a thing is, not what it is: behind the noun they are passed over. */
const modifiers = new Set(
  `RED PINK ROSE BLUE NAVY SKY GREEN MINT TURQUOISE TEAL AQUA YELLOW ORANGE PURPLE LILAC LAVENDER BLACK WHITE GREY GRAY
  SILVER GOLD COPPER BRASS IVORY CREAM BROWN NATURAL CLEAR PASTEL COLOUR COLOURS COLOR COLORS COLOURED MULTICOLOUR
  ASSORTED ASSTD ASST MIXED SMALL MEDIUM LARGE MINI BIG JUMBO GIANT LITTLE TALL SHORT SLIM WIDE ROUND SQUARE OVAL LONG
  WOOD WOODEN METAL GLASS CERAMIC PAPER WICKER RATTAN ZINC ENAMEL FELT FABRIC COTTON WOOL WOOLLY KNITTED PLASTIC ACRYLIC
  LEATHER SLATE STEEL RESIN MARBLE FILIGREE BEADED EMBROIDERED PAINTED CARVED ETCHED MIRRORED GLITTER SPARKLE SHINY
  SET PACK PIECE PCS PC TIER TIERS SIZE DESIGN DESIGNS PATTERN STYLE SHAPE SHAPED FINISH PRINT THEME
  RETROSPOT POLKADOT POLKADOTS SPOT SPOTS SPOTTY DOTTY STRIPE STRIPES STRIPY STRIPEY GINGHAM PAISLEY FLORAL DOILY DOILEY
  TARTAN CHECK BAROQUE LACE SPACEBOY SUKI WOODLAND SKULL SKULLS VINTAGE ANTIQUE RETRO RUSTIC CLASSIC MODERN REGENCY
  CIRCUS PARADE ALPHABET APPLE APPLES STRAWBERRY CHARLIE LOLA LONDON PARIS FLOWER FLOWERS DOLLY GIRL BOY GIRLS BOYS
  CHRISTMAS EASTER HANGING FOLDING HEART HEARTS STAR STARS LOVE HOME CARS DINOSAUR PANTRY JACK UNION FUNKY NEW OLD
  AND DECORATIVE SCENTED TRADITIONAL ORIGINAL SINGLE DOUBLE TRIPLE`.split(/\s+/),
);

/** Of these there are several of something else: a box of candles is candles. */
const measures =
  /^(SETS?|PACKS?|BOX(ES)?|BAGS?|PAIRS?|ROLLS?|BUNCH|CUPS?|TUBES?|STRING|BOTTLES?|JARS?|TINS?)$/;

/**
 * What a title is of: the words up to its noun, which is the last of them, as English product titles have it ("Lunch Bag
 * Red Retrospot", "Set of 3 Cake Tins with Lids"); and whether all before the noun only says how it is, which tells
 * "Red Felt Heart" from "Hot Water Bottle White Heart". No words where the title is not of that kind.
 */
export function headOf(title: string): { words: string[]; bare: boolean } {
  const phrase = title.toUpperCase().split(/\s+(?:WITH|FOR|IN|ON|FROM|&|\+|W)\s+|[,;:(/]|\s+-\s+/)[0] ?? '';
  let words = phrase.split(/[^\p{L}\p{N}'-]+/u).filter((word) => word !== '');
  const of = words.indexOf('OF');
  if (of > 0) {
    const after = words.slice(of + 1);
    const material = after.every(isModifier) && !measures.test(words[of - 1]!);
    words = material ? words.slice(0, of) : after;
  }
  while (words.length > 1 && isModifier(words.at(-1)!)) {
    const before = words.slice(0, -1);
    // "Felt Heart" is a heart: nothing else is left that it could be of.
    if (before.every(isModifier)) break;
    words = before;
  }
  return { words, bare: words.slice(0, -1).every(isModifier) };
}

const isModifier = (word: string): boolean => modifiers.has(word) || /\d/.test(word) || word.length < 2;

/** "CANDLES" is a candle, "BOXES" a box, "BUNNIES" a bunny. */
export function singular(word: string): string {
  return word
    .replace(/IES$/, 'Y')
    .replace(/(X|CH|SH|SS)ES$/, '$1')
    .replace(/([^S])S$/, '$1');
}
