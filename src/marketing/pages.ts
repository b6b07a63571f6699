import { escapeHtml, htmlPage, htmlTable } from '../report/index.js';
import { curveChart } from './curves.js';
import type { Marketing } from './marketing.js';
import type { ResponseStatus } from './offers/learned.js';
import type { OfferStatus } from './offers/status.js';
import { incrementSaid, interval, upliftSaid } from './uplift/report.js';
import type { UpliftReport } from './uplift/select.js';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const date = (time: number): string => new Date(time).toISOString().slice(0, 10);

export const offerHead = [
  'offer',
  'state',
  'given',
  'shoppers',
  'held out',
  'spent',
  'budget',
  'earned more, a shopper',
];

/** One line of an offer, for tables and pages alike. */
export function offerLine(offer: OfferStatus): string[] {
  const { increment } = offer;
  const extra = increment
    ? `${increment.perShopper.mean.toFixed(2)} [${increment.perShopper.low.toFixed(2)}, ${increment.perShopper.high.toFixed(2)}]${increment.proven ? '' : ', not proven'}`
    : 'too few to compare';
  return [
    `${offer.id}: ${offer.name}`,
    offer.state,
    String(offer.given),
    String(offer.shoppers),
    String(offer.held),
    offer.spent.toFixed(2),
    offer.budget.toFixed(2),
    extra,
  ];
}

export const visitHead = ['shopper', 'buys now', 'events', 'likeliest item', 'next order', 'basis'];

export function visitLines(marketing: Pick<Marketing, 'current'>, count: number): string[][] {
  return marketing
    .current(count)
    .map((visit) => [
      visit.user,
      percent(visit.probability ?? 0),
      String(visit.events),
      visit.items[0] ? `${visit.items[0].id} (${percent(visit.items[0].probability)})` : '',
      visit.nextPurchase ? date(visit.nextPurchase.expected) : '',
      visit.basis,
    ]);
}

/** Who is about to buy, and the audiences, as a page. */
export function audiencesPage(marketing: Marketing): string {
  const lines = marketing.audiences().map(({ id, name, rule, members }) => [id, name, rule, members]);
  const visits = visitLines(marketing, 50);
  const report = marketing.intentReport;
  const measured = report
    ? `<p>Learned from ${report.visitsLearned} visits, measured on the newest fifth: ROC-AUC <strong>${report.roc.toFixed(3)}</strong>, calibration error <strong>${report.calibrationError.toFixed(3)}</strong>.</p>${curveChart(
        {
          title: 'Said and came true',
          x: 'chance that was said',
          y: 'share that bought',
          curves: [
            {
              label: 'measured',
              points: report.reliability.map(({ predicted, actual }) => [predicted, actual]),
            },
            {
              label: 'as it should be',
              points: [
                [0, 0],
                [1, 1],
              ],
              dashed: true,
            },
          ],
        },
      )}`
    : '<p>Intent starts from stated assumptions and learns with each visit; <code>endcap audience --train</code> learns trees from the log.</p>';
  return htmlPage({
    title: 'Who is about to buy',
    body: `${measured}<h2>Visits under way</h2>${visits.length > 0 ? htmlTable(visitHead, visits) : '<p>Nobody is here now.</p>'}<h2>Audiences</h2>${htmlTable(['audience', 'name', 'rule', 'members'], lines)}`,
  });
}

/** Offers, their budgets and what they brought, as a page. */
export function offersPage(marketing: Marketing): string {
  const offers = marketing.offers();
  const charts = offers.map((offer) =>
    curveChart({
      title: `${offer.name}: spend`,
      x: 'days since its start',
      y: 'in the shop’s currency',
      curves: [
        { label: 'spent', points: spendPoints(offer), filled: true },
        {
          label: 'even pace',
          points: [
            [0, 0],
            [(offer.end - offer.start) / 86_400_000, offer.budget],
          ],
          dashed: true,
        },
      ],
    }),
  );
  return htmlPage({
    title: 'Offers and budgets',
    body: `${htmlTable(offerHead, offers.map(offerLine))}${charts.join('')}<h2>What a discount does</h2>${responseSection(marketing.response())}`,
  });
}

/** What an experiment brought, and whether anybody can be told to be moved more, as a page. */
export function upliftPage(report: UpliftReport, notes: readonly string[] = []): string {
  const { rows, curve, deciles } = report;
  const [, total] = curve[curve.length - 1]!;
  const chart = curveChart({
    title: 'Uplift, shoppers ranked by what was said of them unseen',
    x: 'shoppers treated, best first',
    y: 'outcomes more than without',
    curves: [
      {
        label: report.chosen === 'none' ? 'best ranking tried' : report.chosen,
        points: [...curve],
        filled: true,
      },
      {
        label: 'in any order',
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
  return htmlPage({
    title: 'What an experiment brought',
    body: `<p><strong>${escapeHtml(upliftSaid(report))}</strong></p><p>${escapeHtml(incrementSaid(report))}</p>${left}${chart}<h2>Learners</h2>${htmlTable(
      upliftHead,
      upliftLines(report),
    )}<p>Qini by cross-fitting, 95 % intervals by bootstrap: 0 is a random order, 1 the order of who knew every outcome.</p><h2>Uplift among the best</h2>${htmlTable(['best', 'treated less control'], shares)}`,
  });
}

export const upliftHead = ['learner', 'Qini', ''];

export function upliftLines({ learners, chosen }: UpliftReport): string[][] {
  return learners.map(({ name, qini }) => [
    name === 'response' ? 'likeliest buyers first' : name,
    interval(qini),
    name === chosen ? 'chosen' : '',
  ]);
}

function responseSection({ said, report }: ResponseStatus): string {
  const basis = `<p>Response: <strong>${escapeHtml(said)}</strong>.</p>`;
  if (!report) return basis;
  const { curve, logLoss } = report;
  const points = (of: 'learned' | 'assumed' | 'seen'): [number, number][] =>
    curve.map((point) => [100 * point.discount, 100 * point[of]]);
  return `${basis}${curveChart({
    title: 'Chance to buy',
    x: 'discount, %',
    y: '%',
    curves: [
      { label: 'learned', points: points('learned') },
      { label: 'seen in the trial', points: points('seen') },
      { label: 'assumed', points: points('assumed'), dashed: true },
    ],
  })}<p>Log loss on shoppers not seen: ${logLoss.learned.toFixed(4)} learned, ${logLoss.assumed.toFixed(4)} assumed.</p>`;
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
