import { escapeHtml, htmlPage, htmlTable, type Language, said } from '../report/index.js';
import { curveChart } from './curves.js';
import type { IntentReport } from './intent/train.js';
import type { Marketing } from './marketing.js';
import { type ResponseStatus, responseSaid } from './offers/learned.js';
import type { OfferStatus } from './offers/status.js';
import { incrementSaid, interval, upliftSaid } from './uplift/report.js';
import type { UpliftReport } from './uplift/select.js';
import { type Words, wordsIn } from './words.js';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const date = (time: number): string => new Date(time).toISOString().slice(0, 10);

export const offerHead = wordsIn.en.offerHead;

/** One line of an offer, for tables and pages alike. */
export function offerLine(offer: OfferStatus, language: Language = 'en'): string[] {
  const words = wordsIn[language];
  const { increment } = offer;
  const extra = increment ? interval(increment.perShopper, 2) : words.tooFew;
  return [
    `${offer.id}: ${offer.name}`,
    words[offer.state],
    String(offer.given),
    String(offer.shoppers),
    String(offer.held),
    offer.spent.toFixed(2),
    offer.budget.toFixed(2),
    increment && !increment.proven ? said(words.notProven, extra) : extra,
  ];
}

export const visitHead = wordsIn.en.visitHead;

export function visitLines(
  marketing: Pick<Marketing, 'current'>,
  count: number,
  language: Language = 'en',
): string[][] {
  return marketing
    .current(count)
    .map((visit) => [
      visit.user,
      percent(visit.probability ?? 0),
      String(visit.events),
      visit.items[0] ? `${visit.items[0].id} (${percent(visit.items[0].probability)})` : '',
      visit.nextPurchase ? date(visit.nextPurchase.expected) : '',
      wordsIn[language][visit.basis],
    ]);
}

/** A sentence that ends in a command to type. */
const withCommand = (text: string, command: string): string =>
  `<p>${said(escapeHtml(text), `<code>${escapeHtml(command)}</code>`)}</p>`;

/** Who is about to buy, and the audiences, as a page. */
export function audiencesPage(marketing: Marketing, language: Language = 'en'): string {
  const words = wordsIn[language];
  const lines = marketing.audiences().map(({ id, name, rule, members }) => [id, name, rule, members]);
  const visits = visitLines(marketing, 50, language);
  const report = marketing.intentReport;
  const measured = report
    ? `<p>${said(words.learned, report.visitsLearned, report.roc.toFixed(3), report.calibrationError.toFixed(3))}</p>${reliabilityChart(report, words)}`
    : withCommand(words.notLearned, 'endcap audience --train');
  return htmlPage({
    title: words.whoBuys,
    language,
    body: `${measured}<h2>${words.visits}</h2>${visits.length > 0 ? htmlTable(words.visitHead, visits) : `<p>${words.nobody}</p>`}<h2>${words.audiences}</h2>${
      lines.length > 0
        ? htmlTable(words.audienceHead, lines)
        : withCommand(
            words.noAudience,
            "endcap audience undecided --rule 'view(same) >= 2 and purchase = 0 in 7 days'",
          )
    }`,
  });
}

function reliabilityChart({ reliability }: IntentReport, words: Words): string {
  return curveChart({
    title: words.saidAndTrue,
    x: words.chanceSaid,
    y: words.shareBought,
    curves: [
      { label: words.measured, points: reliability.map(({ predicted, actual }) => [predicted, actual]) },
      {
        label: words.ideal,
        points: [
          [0, 0],
          [1, 1],
        ],
        dashed: true,
      },
    ],
  });
}

/** Offers, their budgets and what they brought, as a page. */
export function offersPage(marketing: Marketing, language: Language = 'en'): string {
  const words = wordsIn[language];
  const offers = marketing.offers();
  const charts = offers.map((offer) =>
    curveChart({
      title: said(words.spend, offer.name),
      x: words.days,
      y: words.money,
      curves: [
        { label: words.spent, points: spendPoints(offer), filled: true },
        {
          label: words.evenPace,
          points: [
            [0, 0],
            [(offer.end - offer.start) / 86_400_000, offer.budget],
          ],
          dashed: true,
        },
      ],
    }),
  );
  const table =
    offers.length > 0
      ? htmlTable(
          words.offerHead,
          offers.map((offer) => offerLine(offer, language)),
        )
      : withCommand(words.noOffer, 'endcap offers come-back --file offer.json');
  return htmlPage({
    title: words.offers,
    language,
    body: `${table}${charts.join('')}<h2>${words.whatDiscountsDo}</h2>${responseSection(marketing.response(), words)}`,
  });
}

/** What an experiment brought, and whether anybody can be told to be moved more, as a page. */
export function upliftPage(
  report: UpliftReport,
  notes: readonly string[] = [],
  language: Language = 'en',
): string {
  const words = wordsIn[language];
  const { rows, curve, deciles } = report;
  const [, total] = curve[curve.length - 1]!;
  const chart = curveChart({
    title: words.upliftCurve,
    x: words.treatedBest,
    y: words.outcomesMore,
    curves: [
      {
        label: report.chosen === 'none' ? words.bestTried : report.chosen,
        points: [...curve],
        filled: true,
      },
      {
        label: words.anyOrder,
        points: [
          [0, 0],
          [rows, total],
        ],
        dashed: true,
      },
    ],
  });
  const shares = deciles.map((uplift, at): [string, string] => [`${10 * (at + 1)} %`, uplift.toFixed(4)]);
  const left =
    notes.length > 0 ? `<ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>` : '';
  const [found, increment] = [upliftSaid(report, language), incrementSaid(report, language)].map(escapeHtml);
  return htmlPage({
    title: words.whatItBrought,
    language,
    body: `<p><strong>${found}</strong></p><p>${increment}</p>${left}${chart}<h2>${words.learners}</h2>${htmlTable(
      words.upliftHead,
      upliftLines(report, language),
    )}<p>${words.qini}</p><h2>${words.amongBest}</h2>${htmlTable(words.decileHead, shares)}`,
  });
}

export const upliftHead = wordsIn.en.upliftHead;

export function upliftLines({ learners, chosen }: UpliftReport, language: Language = 'en'): string[][] {
  const words = wordsIn[language];
  return learners.map(({ name, qini }) => [
    name === 'response' ? words.likeliest : name,
    interval(qini),
    name === chosen ? words.chosen : '',
  ]);
}

function responseSection(status: ResponseStatus, words: Words): string {
  const basis = `<p>${words.response}: <strong>${responseSaid(status, words)}</strong></p>`;
  if (!status.report) return basis;
  const { curve, logLoss } = status.report;
  const points = (of: 'learned' | 'assumed' | 'seen'): [number, number][] =>
    curve.map((point) => [100 * point.discount, 100 * point[of]]);
  return `${basis}${curveChart({
    title: words.chanceToBuy,
    x: words.discount,
    y: '%',
    curves: [
      { label: words.fitted, points: points('learned') },
      { label: words.seen, points: points('seen') },
      { label: words.assumed, points: points('assumed'), dashed: true },
    ],
  })}<p>${said(words.logLoss, logLoss.learned.toFixed(4), logLoss.assumed.toFixed(4))}</p>`;
}

function spendPoints({ start, spendByDay }: OfferStatus): [number, number][] {
  let sum = 0;
  const points: [number, number][] = [[0, 0]];
  for (const [day, spent] of spendByDay) {
    sum += spent;
    points.push([Math.max(0, day - Math.floor(start / 86_400_000)) + 1, sum]);
  }
  return points;
}
