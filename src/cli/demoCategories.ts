import type { Item } from '../core/index.js';

/** By category the words that titles of it end on; a word is of the first category that has it. */
const nouns: readonly [category: string, words: string][] = [
  [
    'Candles & lights',
    'CANDLE T-LIGHT VOTIVE LANTERN LIGHT LAMP LAMPSHADE INCENSE CANDLESTICK CANDLEHOLDER CHANDELIER TORCH CANDLEPOT',
  ],
  [
    'Bags & purses',
    'BAG HANDBAG PURSE WASHBAG BACKPACK SHOPPER TOTE WALLET RUCKSACK LUGGAGE PASSPORT UMBRELLA',
  ],
  [
    'Jewellery',
    'NECKLACE NECKLACES BRACELET EARRING RING BROOCH PENDANT BANGLE CHARM BEAD HAIRSLIDE KEYRING CHOKER NECKL CLIP COMB',
  ],
  [
    'Kitchen & table',
    'MUG CUP BOWL PLATE TRAY DISH TEAPOT SAUCER JUG CUTLERY SPOON TEASPOON NAPKIN COASTER PLACEMAT APRON TOWEL GLOVE CASE CAKESTAND BEAKER GLASS DOILY CUTTER SCALE PAN STRAW CHOPSTICK COSY MOULD JAR BOTTLE TUREEN GRATER COLANDER PLATTER TUMBLER GOBLET LADLE WHISK ICE SUGAR JELLY BAKING BREAKFAST KITCHEN CAKE',
  ],
  [
    'Cards & stationery',
    'CARD WRAP TAG RIBBON TAPE NOTEBOOK PEN PENCIL STICKER SKETCHBOOK JOURNAL RULER ERASER SHARPENER LETTER STAMP ENVELOPE NOTEPAD DIARY CALENDAR BOOK ALBUM PAD CRAYON JOTTER MAGNET TRAVELOGUE',
  ],
  [
    'Toys & games',
    'TOY DOLL GAME JIGSAW PUZZLE DINOSAUR BABUSHKA PLAYHOUSE ROPE DOMINOE TEDDY BALL HELICOPTER HARMONICA MARBLE SNAP RABBIT BUNNY BEAR PONY CHICK FELTCRAFT SEWING CRAFT BANK',
  ],
  ['Party', 'BUNTING BALLOON PARTY STREAMER CONFETTI INVITE FAN FLAG CRACKER BIRTHDAY'],
  [
    'Garden',
    'GARDEN PARASOL PLANTER POT TROWEL CAN BIRDHOUSE FEEDER GNOME SEED HERB WINDMILL FLOWER PLANT GLOVES BUCKET THERMOMETER BIRDBATH TOADSTOOL MUSHROOM',
  ],
  [
    'Storage',
    'BOX BASKET CRATE TIN STORAGE HAMPER BIN ORGANISER HOLDER RACK CONTAINER CADDY TIDY CHEST STAND TROLLEY',
  ],
  [
    'Bath & travel',
    'SOAP BATH SPONGE FLANNEL TISSUE PLASTER MATCHE BOTTLES SALTS BRUSH SCENT BALM GLOSS PILLOW',
  ],
  [
    'Home & decoration',
    'CUSHION COVER CLOCK FRAME PHOTOFRAME MIRROR SIGN HOOK HANGER DOORMAT DOORSTOP CABINET DRAWER SHELF CURTAIN WREATH GARLAND ORNAMENT DECORATION HEART STAR CHALKBOARD BLACKBOARD KNOB QUILT THROW VASE BIRD ART TILE PLAQUE TREE STOOL CHAIR TABLE MOBILE SCREEN BOARD CORNICE LEAF BELL ANGEL CRYSTAL BUTTERFLY',
  ],
];
const byWord = new Map(
  [...nouns]
    .reverse()
    .flatMap(([category, words]) => words.split(' ').map((word) => [word, category] as const)),
);
/** What goes before the nouns. */
const first: readonly [RegExp, string][] = [
  [/\b(CHRISTMAS|XMAS|BAUBLE|REINDEER|SANTA|ADVENT|SNOWFLAKE)/, 'Christmas'],
  [/\bEASTER/, 'Easter'],
  [/\b(T-LIGHT|CANDLE)/, 'Candles & lights'],
  [/\bHOT WATER BOTTLE/, 'Bath & travel'],
];
const other = 'More';

/** The category of an English gift by the last word of its title that tells one; `More` where none does. */
export function demoCategory(title: string): string {
  const text = title.toUpperCase();
  const certain = first.find(([words]) => words.test(text))?.[1];
  if (certain) return certain;
  const [named = ''] = text.split(/ (?:WITH|FOR|IN) /);
  const words = named.split(/[^A-Z'-]+/).reverse();
  for (const word of words) {
    const category = byWord.get(word) ?? byWord.get(word.replace(/IES$/, 'Y').replace(/(X)ES$|S$/, '$1'));
    if (category) return category;
  }
  return other;
}

/** The items that have no category, each with one: for a demo on data that has none. */
export function demoCategories(items: Iterable<Item>): Item[] {
  return [...items]
    .filter(({ category }) => category === undefined)
    .map((item) => ({ ...item, category: demoCategory(item.title ?? '') }));
}
