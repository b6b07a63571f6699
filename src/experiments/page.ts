import { type PolicyConfig, type PolicyStatus, ruleNames } from '../recommend/index.js';
import { escapeHtml, htmlPage, htmlTable, type Language, said } from '../report/index.js';
import { fewest } from './lift.js';
import { type Changes, type ExperimentReport, figure, type VariantReport } from './report.js';
import { type Words, wordsIn } from './words.js';

/** What is tried, what came of it, and what governs every list. */
export interface ExperimentsView {
  reports: readonly ExperimentReport[];
  /** Share of all shoppers that takes part in nothing. */
  holdout: number;
  /** What is wrong with experiments.json, where the version before goes on. */
  fault?: string | undefined;
  /** Without counts where no server runs that counts. */
  policy?: (Pick<PolicyStatus, 'policy'> & Partial<PolicyStatus>) | undefined;
}

/** The experiments of a shop and its policy, as a page. */
export function experimentsPage(view: ExperimentsView, language: Language = 'en'): string {
  const words = wordsIn[language];
  const { reports, holdout } = view;
  const heldOut = holdout > 0 && reports.length > 0 ? `<p>${said(words.heldOut, percent(holdout))}</p>` : '';
  const experiments =
    reports.length > 0
      ? reports.map((report) => experimentSection(report, words, language)).join('')
      : `<p>${said(words.noExperiment, '<code>experiments.json</code>')}</p>`;
  return htmlPage({
    title: words.title,
    language,
    body: `<h2>${words.experiments}</h2>${faulty('experiments.json', view.fault, words)}${heldOut}${experiments}<h2>${words.policy}</h2>${faulty('policy.json', view.policy?.fault, words)}${policySection(view.policy, words)}`,
  });
}

const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;

function faulty(file: string, fault: string | undefined, words: Words): string {
  if (fault === undefined) return '';
  return `<p><strong>${said(words.faulty, `<code>${file}</code>`, escapeHtml(fault))}</strong></p>`;
}

function experimentSection(report: ExperimentReport, words: Words, language: Language): string {
  const { name, state, from, to, traffic, metric, guards, variants, ratio, crossed } = report;
  const list = (of: readonly ExperimentReport['metric'][]): string => listed(of, words, language);
  const notes = [
    said(words.span, words[state], from, to, percent(traffic), words[metric]),
    ...(guards.length > 0 ? [said(words.guards, list(guards))] : []),
    words.valid,
    ...(crossed > 0 ? [said(words.crossed, crossed)] : []),
  ];
  const alarm = ratio.alarm ? `<p><strong>${words.broken}</strong></p>` : '';
  const rows = variants.map((variant) => {
    const { share, changes, shoppers, mean, lift } = variant;
    const known = lift !== undefined && Number.isFinite(lift.low);
    return [
      variant.variant,
      percent(share),
      differs(changes, words, language),
      shoppers,
      figure(mean),
      lift ? figure(lift.estimate) : '',
      known ? `${figure(lift.low)} … ${figure(lift.high)}` : '',
      verdict(variant, words, language),
    ];
  });
  return `<h3>${escapeHtml(name)}</h3><p>${notes.join(' ')}</p>${alarm}${htmlTable(words.variantHead, rows)}`;
}

const listed = (metrics: readonly ExperimentReport['metric'][], words: Words, language: Language): string =>
  metrics.map((metric) => words[metric]).join(separator(language));

/** What is listed has commas of its own. */
const separator = (language: Language): string => (language === 'zh' ? '；' : '; ');

function differs({ model, weights, policy, explore }: Changes, words: Words, language: Language): string {
  const weighed = Object.entries(weights ?? {}).map(([source, weight]) => `${source} ${weight}`);
  const parts = [
    ...(model === undefined ? [] : [said(words.model, model)]),
    ...(weighed.length > 0 ? [said(words.weights, weighed.join(', '))] : []),
    ...(policy === undefined ? [] : [said(words.policyFile, policy)]),
    ...(explore ? [said(words.explore, percent(explore))] : []),
  ];
  return parts.length > 0 ? parts.join(separator(language)) : words.nothing;
}

function verdict({ lift, stopped, harms }: VariantReport, words: Words, language: Language): string {
  if (stopped) return words.stopped;
  if (harms.length > 0) return said(words.worse, listed(harms, words, language));
  if (!lift) return '';
  if (!Number.isFinite(lift.low)) return said(words.tooFew, fewest);
  return lift.sure ? words.sure : words.unsure;
}

function policySection(status: ExperimentsView['policy'], words: Words): string {
  if (!status?.policy) return `<p>${said(words.noPolicy, '<code>policy.json</code>')}</p>`;
  const { policy, since, lists = 0, rules = [] } = status;
  const counted = since !== undefined;
  const date = (time: number): string => new Date(time).toISOString().slice(0, 16).replace('T', ' ');
  const rows = rulesOf(policy, words).map(({ name, moves, ...rule }, at, all) => {
    const { shown = 0, leftOut = 0 } = rules.find((count) => count.rule === name) ?? {};
    // All pins have one name: what they did stands beside the first.
    const said = counted && all.findIndex((other) => other.name === name) === at;
    return [
      rule.rule,
      rule.what,
      rule.setting,
      said && moves === 'places' ? shown : '',
      said && moves === 'candidates' ? leftOut : '',
    ];
  });
  const pins = (policy.pin?.length ?? 0) > 1 && counted ? ` ${words.together}` : '';
  const what = counted ? said(words.since, date(since), lists) : words.notRead;
  return `<p>${what}${pins}</p>${htmlTable(words.ruleHead, rows)}`;
}

interface RuleLine {
  rule: string;
  what: string;
  setting: string;
  /** As it is counted. */
  name?: string;
  moves?: 'places' | 'candidates';
}

/** The rules in the order in which they are applied. */
function rulesOf(policy: PolicyConfig, words: Words): RuleLine[] {
  const {
    boost = [],
    bury = [],
    pin = [],
    margin,
    lowStock,
    frequency,
    diversity,
    perBrand,
    newItems,
  } = policy;
  const lines: RuleLine[] = boost.map(({ name, filter, factor }) => ({
    rule: `${words.boost}: ${name}`,
    what: filter,
    setting: said(words.factor, factor),
    name,
    moves: 'places',
  }));
  const add = (rule: keyof typeof ruleNames | 'margin', setting: string, what = ''): void => {
    const moves = rule === 'frequency' || rule === 'perBrand' ? 'candidates' : 'places';
    const counted =
      rule === 'margin' ? {} : { name: ruleNames[rule], moves: moves as 'candidates' | 'places' };
    lines.push({ rule: words[rule], what, setting, ...counted });
  };
  if (margin) add('margin', said(words.weight, margin.weight), margin.attribute);
  for (const { name, filter } of bury)
    lines.push({ rule: `${words.bury}: ${name}`, what: filter, setting: '', name, moves: 'places' });
  if (lowStock !== undefined) add('lowStock', said(words.below, lowStock));
  if (frequency) add('frequency', said(words.shownIn, frequency.shown, frequency.hours));
  if (diversity) add('diversity', said(words.degree, diversity));
  if (perBrand !== undefined) add('perBrand', said(words.mostOf, perBrand));
  if (newItems) add('newItems', said(words.floor, percent(newItems.share), newItems.events));
  for (const { item, slot, scenario } of pin)
    add('pin', scenario === undefined ? said(words.slot, slot) : said(words.slotIn, slot, scenario), item);
  return lines;
}
