import type { Language } from '../report/index.js';
import { priceFactor, quantityFactor, spread } from './rules.js';

/** Every text of the report of an import, but for what it quotes of the files. `{}` is where a figure goes, in order. */
const english = {
  title: 'Import of {}',
  intro: '{} rows in = {} kept + {} merged + {} quarantined, in {} s. Nothing is dropped without a word.',
  why: 'Rows merged or quarantined, by reason',
  reasonHead: ['reason', 'what happens', 'column', 'rows', 'what it means, or what to do'],
  kept: 'kept',
  merged: 'merged',
  quarantined: 'quarantined',
  events: 'events',
  shoppers: 'shoppers',
  items: 'items',
  span: '{} to {}',
  beforeAfter: 'Before and after',
  quantity: 'Quantity',
  price: 'Unit price',
  months: 'Rows by month',
  outliers: 'Outliers',
  columns: 'Columns',
  defaultType: 'Type of an event where none is said: {}.',
  roleHead: ['role', 'column', 'known by'],
  plot: {
    title: '{}, before and after cleaning',
    spoken: 'the figures are in the table below',
    before: 'before',
    after: 'after',
    scale: 'height is the square root of the rows',
    figures: '{} in figures',
    span: '{} to {}',
  },
};

export type Words = typeof english;

const chinese: Words = {
  title: '导入 {}',
  intro: '读入 {} 行 = 保留 {} + 合并 {} + 隔离 {}，用时 {} 秒。没有一行被悄悄丢弃。',
  why: '合并或隔离的行，按原因',
  reasonHead: ['原因', '处理', '列', '行数', '含义，或怎么办'],
  kept: '保留',
  merged: '合并',
  quarantined: '隔离',
  events: '事件',
  shoppers: '顾客',
  items: '商品',
  span: '{} 至 {}',
  beforeAfter: '清洗前后',
  quantity: '数量',
  price: '单价',
  months: '每月行数',
  outliers: '离群值',
  columns: '列',
  defaultType: '没有说明类型的事件算作：{}。',
  roleHead: ['角色', '列', '依据'],
  plot: {
    title: '{}，清洗前后',
    spoken: '数字在下面的表中',
    before: '清洗前',
    after: '清洗后',
    scale: '高度是行数的平方根',
    figures: '{}的数字',
    span: '{} 至 {}',
  },
};

export const wordsIn: Record<Language, Words> = { en: english, zh: chinese };

/** A reason's name and what to do about it, in Chinese; in English the rules say it themselves. */
const confirm = '或者在 `data` 旁写 "confirmed": true 表示无误';
const chineseReasons: Record<string, [name: string, remedy: string]> = {
  malformed: ['无法解析', '这一行无法解析：请按原文填写 `data` 的字段'],
  exact_duplicate: ['完全重复', '每个字段都与前面的某一行相同'],
  missing_item: ['缺少商品', '请填写商品'],
  invalid_id: ['编号无效', '编号为 1 到 128 个字符，不含控制字符'],
  invalid_type: ['类型无效', '请在映射的 `types` 中说明是哪种事件'],
  non_product: ['不是商品', '邮费与手续费不是商品；在映射中写 {"nonProducts":false} 可保留'],
  missing_time: ['缺少时间', '请填写时间'],
  invalid_time: ['时间无效', '请用 ISO 8601，或用秒到纳秒的 unix 时间'],
  time_out_of_range: ['时间超出范围', '时间早于 1995 年或在将来'],
  missing_user: [
    '缺少顾客',
    '没有顾客（null、guest、0 … 都不是顾客）：请填写，或在映射中把 missingUser 设为 "anonymous"',
  ],
  invalid_number: ['数字无效', '数量、价格与金额请写成普通数字'],
  invalid_currency: ['货币无效', '货币请用 ISO 4217 代码，例如 GBP'],
  invalid_context: ['上下文无效', '上下文请写成由简单值组成的 JSON 对象'],
  reused_id: ['编号重复使用', '一个编号只属于一位顾客的一个事件：请给它自己的编号'],
  not_sold: ['没有成交', '订单已取消或从未付款；在映射中写 {"columns":{"status":[]}} 可保留'],
  cancelled: ['已取消', '取消与购买互相抵消'],
  unmatched_cancellation: ['取消没有对应', '数据中没有它所取消的购买'],
  non_positive_quantity: ['数量不是正数', '请更正数量'],
  non_positive_price: ['价格不是正数', '请更正价格'],
  near_duplicate: ['近似重复', '同一订单、商品与价格：数量相加'],
  outlier_quantity: ['数量离群', `请更正数量，${confirm}`],
  outlier_price: ['价格离群', `请更正价格，${confirm}`],
};

export function reasonIn(
  language: Language,
  { reason, remedy }: { reason: string; remedy: string },
): { name: string; remedy: string } {
  const chosen = language === 'zh' ? chineseReasons[reason] : undefined;
  return chosen ? { name: chosen[0], remedy: chosen[1] } : { name: reason.replaceAll('_', ' '), remedy };
}

const robust = `高于 ${spread} 个稳健标准差（1.4826 MAD）`;
const chineseOutliers: Record<string, string> = {
  outlier_quantity: `log(数量) 比所有行的中位数${robust}，且至少相差 ${quantityFactor} 倍`,
  outlier_price: `log(价格) 与该商品同币种的中位数相差${robust}，且至少 ${priceFactor} 倍`,
};

export function outlierIn(language: Language, { reason, says }: { reason: string; says: string }): string {
  return (language === 'zh' ? chineseOutliers[reason] : undefined) ?? says;
}
