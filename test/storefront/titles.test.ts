import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headOf } from '../../apps/storefront/src/art/head-noun.js';
import { drawingOf } from '../../apps/storefront/src/art/icons.js';
import { tidyCase, tidyTitle } from '../../apps/storefront/src/format.js';
import { demoCategory } from '../../src/cli/demoCategories.js';

test('titles in capitals are mended whole, others are left alone', () => {
  for (const [title, tidy] of [
    ['3 TRADITIONAl BISCUIT CUTTERS  SET', '3 Traditional Biscuit Cutters Set'],
    ['LUNCH BAG  BLACK SKULL.', 'Lunch Bag Black Skull'],
    ['FLOWERS HANDBAG blue and orange', 'Flowers Handbag Blue and Orange'],
    ['THE KING GIFT BAG 25x24x12cm', 'The King Gift Bag 25x24x12cm'],
    ['SET OF 6 3D KIT CARDS FOR KIDS', 'Set of 6 3D Kit Cards for Kids'],
    ['RED TOADSTOOL LED NIGHT LIGHT', 'Red Toadstool LED Night Light'],
    ['BLACK TREE 120CM', 'Black Tree 120cm'],
    ["POPPY'S PLAYHOUSE", "Poppy's Playhouse"],
    ['LETTER "A" BLING', 'Letter "A" Bling'],
    ['DÉCOR À LA CARTE', 'Décor À La Carte'],
    ['iPhone 15 Pro', 'iPhone 15 Pro'],
    ['Sony WH-1000XM5 Headphones', 'Sony WH-1000XM5 Headphones'],
    ['青禾记 训练跑步鞋 EU 38', '青禾记 训练跑步鞋 EU 38'],
  ] as const)
    assert.equal(tidyTitle(title), tidy);
});

test('mending the case leaves every letter in its place', () => {
  for (const title of ['A  TITLE  OF STRASSE', 'İSTANBUL LAMBASI', 'ǅ BOX', 'ﬁ LETTER SET', ''])
    assert.equal(tidyCase(title).length, title.length, title);
});

test('a drawing is of the head noun of a title', () => {
  const same = (title: string, as: string): void => assert.equal(drawingOf(title), drawingOf(as), title);
  same('LUNCH BAG RED RETROSPOT', 'Lunch Bag');
  same('SET OF 3 CAKE TINS PANTRY DESIGN', 'CAKE TIN');
  same('WHITE HANGING HEART T-LIGHT HOLDER', 'CANDLE');
  same('PACK OF 6 SKULL PAPER BAGS', 'BAG');
  for (const title of ['Lunch Bag', 'CAKE TIN', 'CANDLE', 'BAG', 'MUG', 'CLOCK'])
    assert.ok(drawingOf(title) !== undefined, title);
  for (const title of [
    'POPCORN HOLDER , SMALL',
    'CUP HOOKS AND HANGERS RAIL',
    'EGG CUP NATURAL CHICKEN',
    'RED WOOLLY HOTTIE WHITE HEART.',
    'PINK HEART OF GLASS BRACELET',
    'CAKES AND RABBITS DESIGN FLANNEL',
    'BOX OF 24 COCKTAIL PARASOLS',
    '登山鞋',
    '',
  ])
    assert.equal(drawingOf(title), undefined, title);
  assert.deepEqual(headOf('HEART OF WICKER SMALL').words, ['HEART']);
});

test('the demo finds a category for a gift', () => {
  assert.equal(demoCategory('WHITE HANGING HEART T-LIGHT HOLDER'), 'Candles & lights');
  assert.equal(demoCategory('SET OF 72 PINK HEART PAPER DOILIES'), 'Kitchen & table');
  assert.equal(demoCategory('JUMBO BAG RED RETROSPOT'), 'Bags & purses');
  assert.equal(demoCategory('?'), 'More');
});
