import type { Language } from '../../report/index.js';

/** Every text of the pages. `{}` is where a figure goes, in order. */
const english = {
  whatSells: 'What will sell',
  whatToOrder: 'What to order',
  about:
    '{} items, {} weeks up to {}. Each class of demand is forecast by the method that lost least on the last weeks.',
  shop: 'The whole shop',
  unitsAWeek: 'units a week',
  levelChanged: 'level changed',
  sellMost: 'Items that sell most',
  next: 'Next {} weeks',
  tried: 'Methods tried on the last weeks',
  loss: 'Loss is 2 × pinball over demand: lower is better.',
  lasts: '{} in stock last until',
  toOrder: 'To order',
  value: 'Value of the orders',
  out_of_stock: 'out of stock',
  stock_out: 'stock-out likely',
  overstock: 'too much',
  dead_stock: 'dead stock',
  advice: 'Advice, the most urgent first',
  someOf: '{} ({} of {})',
  rule: 'Ordered to meet {} % of demand, by value; the same rule would have met {} % in the last 12 weeks.',
  faulty: '{} items cannot be advised on',
  orderUnits: '{}: order {}',
  ifNothing: 'units in stock if nothing arrives, {} on order',
  reorderPoint: 'reorder point',
  stockOut: 'stock-out',
  actual: 'actual',
  median: 'median',
  band50: '50 % band',
  band90: '90 % band',
  spoken: 'median {} on {}, 90 % between {} and {}',
};

export type Words = typeof english;

const chinese: Words = {
  whatSells: '将会卖出什么',
  whatToOrder: '该订什么货',
  about: '共 {} 种商品，{} 周数据，截至 {}。每类需求都用最近几周误差最小的方法预测。',
  shop: '整个店铺',
  unitsAWeek: '每周件数',
  levelChanged: '销量水平改变',
  sellMost: '卖得最多的商品',
  next: '未来 {} 周',
  tried: '在最近几周比较过的方法',
  loss: '误差为 2 × 分位数损失除以需求：越低越好。',
  lasts: '库存 {} 件可卖到',
  toOrder: '需订货商品',
  value: '订货金额',
  out_of_stock: '已缺货',
  stock_out: '可能断货',
  overstock: '库存过多',
  dead_stock: '滞销库存',
  advice: '订货建议，最急的在前',
  someOf: '{}（{} / {}）',
  rule: '按金额计，订货以满足 {} % 的需求为目标；同一规则在最近 12 周可满足 {} %。',
  faulty: '{} 种商品无法给出建议',
  orderUnits: '{}：订 {} 件',
  ifNothing: '不再到货时的库存件数，在途 {} 件',
  reorderPoint: '再订货点',
  stockOut: '断货',
  actual: '实际',
  median: '中位数',
  band50: '50 % 区间',
  band90: '90 % 区间',
  spoken: '中位数 {}（{}），90 % 在 {} 与 {} 之间',
};

export const wordsIn: Record<Language, Words> = { en: english, zh: chinese };

const chineseHeads: Readonly<Record<string, string>> = {
  item: '商品',
  title: '名称',
  class: '需求类别',
  method: '方法',
  'last 4 weeks': '最近 4 周',
  median: '中位数',
  alert: '提醒',
  stock: '库存',
  'on order': '在途',
  'a week': '每周',
  'cover, weeks': '可卖周数',
  'stock-out': '断货日',
  chance: '断货概率',
  'reorder point': '再订货点',
  order: '订货',
  value: '金额',
  items: '商品数',
  loss: '误差',
  field: '字段',
  fault: '问题',
  remedy: '解决办法',
};
const chineseCells: Readonly<Record<string, string>> = {
  smooth: '平稳',
  erratic: '波动',
  intermittent: '间歇',
  lumpy: '块状',
  new: '新品',
  dead: '停售',
  none: '无销售',
  trees: '树模型',
  'out of stock': chinese.out_of_stock,
  'stock out': chinese.stock_out,
  overstock: chinese.overstock,
  'dead stock': chinese.dead_stock,
};

/** Heads of the tables and the words in their cells; what is no word of ours stays as it is. */
export function headIn(language: Language, head: string): string {
  if (language === 'en') return head;
  return chineseHeads[head] ?? head.replace(/^mean (\d+) weeks$/, '$1 周均值合计');
}

export function cellIn(language: Language, cell: string): string {
  return language === 'en' ? cell : (chineseCells[cell] ?? cell);
}
