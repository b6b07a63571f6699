import { type Language, said } from '../report/index.js';

/** Every text of a training's report. `{}` is where a figure goes, in order. */
const english = {
  title: 'Comparison of models',
  deployed: 'Deployed {}: {}. A running server takes it within a second.',
  stays: '{} stays deployed: {}.',
  first: 'nothing was deployed before',
  cannotServe: 'what was deployed cannot serve: {}',
  newer: 'the same {} as {}, learned from newer data',
  same: 'the winner is the same {} on the same data',
  noTime: 'there was no time to measure {} beside it: a larger budget has it',
  better: 'on the test window {} minus {} is {} NDCG, 95 % interval [{}, {}], which is above 0',
  notBetter: 'on the test window {} minus {} is {} NDCG, 95 % interval [{}, {}], which is not above 0',
  short: 'time was short: each fit went on from the one before, with newer events',
  late: 'the time did not suffice to learn the test window too',
  shelfUnlearned: 'there was no time to learn what the home shelf is made of',
  difference: ['difference in NDCG on test', 'deployed', 'mean and 95 % interval (paired bootstrap)'],
  events: '{} events, fingerprint {}.',
  took: 'It took {} s of processor time, {} s on the clock.',
  split:
    'On test unless said otherwise, 95 % bootstrap intervals. Split by time: validation from {} ({} shoppers), test from {} to {} ({} shoppers); only items new to the shopper count; algorithms and options are chosen on validation.',
  few: 'So few shoppers tell models apart by chance alone: take the figures as a sign that it works, no more.',
  lead: '{} minus {} on test: {} NDCG [{}, {}], paired bootstrap.',
  ratings: '{} ratings in the test window; always the mean of those before: MAE {}, RMSE {}.',
  ensembles: 'Ensembles of several models: {}; the others are single models.',
  onlyValidation: 'Measured on validation only, NDCG: {}.',
  untried: 'Not measured ({}): {}.',
  unasked: 'not asked for',
  budgetEnded: 'the budget ended before',
  model: 'model',
  ensemble: '{} (ensemble)',
  validationNdcg: 'validation NDCG@{}',
  coverage: 'coverage',
  novelty: 'novelty, bits',
  onTest: 'NDCG@{} on test, 95 % intervals',
  onValidation: 'NDCG@{} on validation, 95 % intervals',
  options: 'Options',
  optionsHead: ['model', 'options', 'fits', 'seconds'],
  epochs: '({} of {} epochs)',
  curves: 'Learning curves',
  bestFits: 'Learning curves of the best fits',
  epoch: 'epoch',
  heldOut: 'held-out NDCG@10',
  loss: 'mean training loss',
  everything: 'Everything that was tried',
  triedHead: ['model', 'options', 'share of epochs', 'validation NDCG@{}', 'seconds', 'remark'],
  cut: 'ended by the clock',
};

export type Words = typeof english;

const chinese: Words = {
  title: '模型比较',
  deployed: '已部署 {}：{}。正在运行的服务器会在一秒内启用它。',
  stays: '{} 继续使用：{}。',
  first: '之前没有部署过模型',
  cannotServe: '原先部署的模型无法使用：{}',
  newer: '同样是 {}，与 {} 相同，但学习了更新的数据',
  same: '胜出者与原来相同（{}），数据也相同',
  noTime: '没有时间测量与之比较的 {}：请给更多预算',
  better: '在测试窗口中，{} 减 {} 为 {} NDCG，95 % 区间 [{}, {}]，大于 0',
  notBetter: '在测试窗口中，{} 减 {} 为 {} NDCG，95 % 区间 [{}, {}]，不大于 0',
  short: '时间紧：每次拟合都从上一次继续，并加入更新的事件',
  late: '时间不够，没有再学习测试窗口',
  shelfUnlearned: '没有时间学习首页由哪些部分组成',
  difference: ['测试集上 NDCG 的差', '已部署', '均值与 95 % 区间（配对自助法）'],
  events: '{} 个事件，指纹 {}。',
  took: '用了 {} 秒处理器时间，时钟 {} 秒。',
  split:
    '除非另有说明，均为测试集结果，区间为 95 % 自助法区间。按时间划分：验证从 {} 起（{} 位顾客），测试从 {} 到 {}（{} 位顾客）；只计算顾客没接触过的商品；算法与选项都在验证集上选择。',
  few: '顾客太少，模型的差别只是偶然：这些数字只说明它能运行。',
  lead: '测试集上 {} 减 {}：{} NDCG [{}, {}]，配对自助法。',
  ratings: '测试窗口中有 {} 个评分；总是预测之前的平均分：MAE {}，RMSE {}。',
  ensembles: '由多个模型组成的集成：{}；其余是单一模型。',
  onlyValidation: '只在验证集上测量，NDCG：{}。',
  untried: '没有测量（{}）：{}。',
  unasked: '没有要求',
  budgetEnded: '预算已用完',
  model: '模型',
  ensemble: '{}（集成）',
  validationNdcg: '验证 NDCG@{}',
  coverage: '覆盖率',
  novelty: '新颖度，比特',
  onTest: '测试集上的 NDCG@{}，95 % 区间',
  onValidation: '验证集上的 NDCG@{}，95 % 区间',
  options: '选项',
  optionsHead: ['模型', '选项', '拟合次数', '秒'],
  epochs: '（{} / {} 轮）',
  curves: '学习曲线',
  bestFits: '最好的几次拟合的学习曲线',
  epoch: '轮',
  heldOut: '留出集 NDCG@10',
  loss: '平均训练损失',
  everything: '尝试过的全部',
  triedHead: ['模型', '选项', '轮数比例', '验证 NDCG@{}', '秒', '备注'],
  cut: '时间到，提前结束',
};

export const wordsIn: Record<Language, Words> = { en: english, zh: chinese };

/** A sentence of the report as data, to be said in any language. */
export interface Sentence {
  text: { [Key in keyof Words]: Words[Key] extends string ? Key : never }[keyof Words];
  figures: (string | number)[];
}

export function say({ text, figures }: Sentence, language: Language = 'en'): string {
  return said(wordsIn[language][text], ...figures);
}
