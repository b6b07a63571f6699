import { fitTrees, type Numbers, type TreeContent, type TreeOptions, treeModel } from '../../trees/index.js';
import { eachRow, gatherRows } from '../propensity.js';
import type { UpliftData } from './data.js';
import { fitRidge, type RidgeContent, ridgeScore } from './ridge.js';

export const learnerNames = ['T', 'S', 'X', 'DR', 'transformed', 'ridge', 'mean'] as const;
export type LearnerName = (typeof learnerNames)[number];

/** A fitted learner as plain values. `mean` averages the others; `response` is P(outcome), to compare with; `none` says 0. */
export type UpliftContent =
  | { learner: 'T' | 'S' | 'X' | 'DR' | 'transformed' | 'response'; trees: TreeContent[]; share: number }
  | { learner: 'ridge'; ridge: RidgeContent }
  | { learner: 'mean'; parts: UpliftContent[]; scales: number[] }
  | { learner: 'none' };

const shape: Partial<TreeOptions> = {
  trees: 120,
  leaves: 8,
  learningRate: 0.05,
  minLeafRows: 50,
  rowShare: 0.8,
  columnShare: 0.8,
  l2: 5,
};

/** What effects and pseudo-outcomes are fitted with: they are noisier than the outcomes themselves. */
const effectShape: Partial<TreeOptions> = { ...shape, minLeafRows: 200, loss: { name: 'squared' } };

export function fitLearner(name: LearnerName | 'response', data: UpliftData, seed: number): UpliftContent {
  const share = data.propensity.reduce((sum, one) => sum + one, 0) / data.propensity.length;
  const of = (trees: TreeContent[]) => ({ learner: name as 'T', trees, share });
  switch (name) {
    case 'response':
      return of([outcomeTrees(data, all(data), seed)]);
    case 'T':
      return of(armsOf(data, seed));
    case 'S':
      return of([single(data, seed)]);
    case 'X':
      return of(crossed(data, armsOf(data, seed), seed));
    case 'DR':
      return of([effectTrees(data, doublyRobust(data, seed), all(data), seed)]);
    case 'transformed':
      return of([effectTrees(data, transformedOutcome(data), all(data), seed)]);
    case 'ridge':
      return { learner: 'ridge', ridge: fitRidge(data, transformedOutcome(data)) };
    case 'mean':
      return averaged(
        (['T', 'S', 'X'] as const).map((part) => fitLearner(part, data, seed)),
        data,
      );
  }
}

/** Effect on one shopper, as `fitLearner` has it: outcomes more when treated. */
export function upliftPredictor(content: UpliftContent): (row: ArrayLike<number>) => number {
  if (content.learner === 'none') return () => 0;
  if (content.learner === 'ridge') return (row) => ridgeScore(content.ridge, row);
  if (content.learner === 'mean') {
    const parts = content.parts.map(upliftPredictor);
    return (row) =>
      parts.reduce((sum, part, at) => sum + part(row) / content.scales[at]!, 0) /
      content.scales.reduce((sum, scale) => sum + 1 / scale, 0);
  }
  const [a, b] = content.trees.map(treeModel);
  const { learner, share } = content;
  if (learner === 'T') return (row) => a!.predict(row) - b!.predict(row);
  if (learner === 'X') return (row) => (1 - share) * a!.predict(row) + share * b!.predict(row);
  if (learner !== 'S') return (row) => a!.predict(row);
  const wide = new Float64Array(a!.names.length);
  return (row) => {
    wide.set(Array.from(row));
    wide[wide.length - 1] = 1;
    const treated = a!.predict(wide);
    wide[wide.length - 1] = 0;
    return treated - a!.predict(wide);
  };
}

export function predictUplift(content: UpliftContent, columns: readonly Numbers[]): Float64Array {
  return eachRow(columns, upliftPredictor(content));
}

const all = ({ outcome }: UpliftData): number[] => Array.from(outcome, (_, row) => row);

function outcomeTrees(data: UpliftData, rows: readonly number[], seed: number): TreeContent {
  const binary = data.outcome.every((value) => value === 0 || value === 1);
  const loss = binary ? ({ name: 'logistic' } as const) : ({ name: 'squared' } as const);
  return fitTrees(tableOf(data, rows, data.outcome), { ...shape, loss, seed }).content;
}

function effectTrees(
  data: UpliftData,
  target: Float64Array,
  rows: readonly number[],
  seed: number,
): TreeContent {
  return fitTrees(tableOf(data, rows, target), { ...effectShape, seed }).content;
}

function tableOf({ names, columns, categories }: UpliftData, rows: readonly number[], target: Float64Array) {
  return {
    names,
    columns: columns.map((column) => gatherRows(column, rows)),
    target: gatherRows(target, rows),
    ...(categories ? { categories } : {}),
  };
}

const rowsOf = ({ treatment }: UpliftData, arm: number): number[] =>
  Array.from(treatment.keys()).filter((row) => treatment[row] === arm);

/** One model an arm: treated, then control. */
function armsOf(data: UpliftData, seed: number): TreeContent[] {
  return [1, 0].map((arm) => outcomeTrees(data, rowsOf(data, arm), seed));
}

/** One model for both arms, the treatment being its last column. */
function single(data: UpliftData, seed: number): TreeContent {
  const names = [...data.names, 'treatment'];
  return outcomeTrees({ ...data, names, columns: [...data.columns, data.treatment] }, all(data), seed);
}

/** X-learner (Künzel et al. 2019): each arm's outcomes against what the other arm's model expects of them. */
function crossed(data: UpliftData, [treated, control]: TreeContent[], seed: number): TreeContent[] {
  const expected = [control!, treated!].map((content) => treeModel(content).predictColumns(data.columns));
  const effect = data.outcome.map((value, row) =>
    data.treatment[row] === 1 ? value - expected[0]![row]! : expected[1]![row]! - value,
  );
  return [1, 0].map((arm) => effectTrees(data, effect, rowsOf(data, arm), seed));
}

/** Outcome over propensity, signed by arm: its mean is the effect (Athey & Imbens 2016). */
function transformedOutcome({ outcome, treatment, propensity }: UpliftData): Float64Array {
  return outcome.map((value, row) =>
    treatment[row] === 1 ? value / propensity[row]! : -value / (1 - propensity[row]!),
  );
}

/** Doubly robust pseudo-outcomes (Kennedy 2020), the outcome models of each half fitted on the other half. */
function doublyRobust(data: UpliftData, seed: number): Float64Array {
  const pseudo = new Float64Array(data.outcome.length);
  for (const half of [0, 1]) {
    const [fitted, left] = [1, 0].map((side) => all(data).filter((row) => (row + half) % 2 === side));
    const models = [1, 0].map((arm) =>
      treeModel(
        outcomeTrees(
          data,
          fitted!.filter((row) => data.treatment[row] === arm),
          seed,
        ),
      ),
    );
    const columns = data.columns.map((column) => gatherRows(column, left!));
    const [treated, control] = models.map((model) => model.predictColumns(columns));
    left!.forEach((row, at) => {
      const [value, e] = [data.outcome[row]!, data.propensity[row]!];
      const correction =
        data.treatment[row] === 1 ? (value - treated![at]!) / e : -(value - control![at]!) / (1 - e);
      pseudo[row] = treated![at]! - control![at]! + correction;
    });
  }
  return pseudo;
}

/** Mean of learners, each divided by its spread, so that none drowns the others. */
function averaged(parts: UpliftContent[], { columns }: UpliftData): UpliftContent {
  const scales = parts.map((part) => {
    const scores = predictUplift(part, columns);
    const mean = scores.reduce((sum, one) => sum + one, 0) / scores.length;
    return Math.sqrt(scores.reduce((sum, one) => sum + (one - mean) ** 2, 0) / scores.length) || 1;
  });
  return { learner: 'mean', parts, scales };
}
