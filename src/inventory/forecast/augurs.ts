import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import initChangepoints, { ChangepointDetector } from '@bsull/augurs/changepoint';
import initEts, { AutoETS } from '@bsull/augurs/ets';
import initMstl, { MSTL } from '@bsull/augurs/mstl';
import initOutliers, { OutlierDetector } from '@bsull/augurs/outlier';

/** Classical models from augurs (Rust, compiled to WebAssembly): they are loaded when the first is asked for. */
export interface Classical {
  /**
   * Exponential smoothing chosen by AICc (Hyndman & Khandakar 2008): the next `horizon` values, with the ends of the
   * central interval of probability `level`. Undefined where no model fits, as for a series of zeros.
   */
  ets(series: Float64Array, horizon: number, level: number): Fan | undefined;
  /** The same after seasons of these lengths (in periods) are taken off by LOESS (Bandara et al. 2021). */
  mstl(series: Float64Array, seasons: readonly number[], horizon: number, level: number): Fan | undefined;
  /** Periods at which the level changed for good (Bayesian, normal-gamma prior; Adams & MacKay 2007). */
  changePoints(series: Float64Array): number[];
  /** Which of several series went another way than the rest (median absolute deviation), by index. */
  outlyingSeries(series: readonly Float64Array[], sensitivity?: number): number[];
}

export interface Fan {
  point: number[];
  lower: number[];
  upper: number[];
}

let loading: Promise<Classical> | undefined;

export function classicalModels(): Promise<Classical> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Classical> {
  // The modules fetch their bytes by URL, which Node does not do for files: they are given.
  await initEts({ module_or_path: bytesOf('ets') });
  await initMstl({ module_or_path: bytesOf('mstl') });
  await initChangepoints({ module_or_path: bytesOf('changepoint') });
  await initOutliers({ module_or_path: bytesOf('outlier') });
  const ets: Classical['ets'] = (series, horizon, level) => {
    if (series.length < 4) return undefined;
    return attempt(() => {
      using model = new AutoETS(1, 'ZZN');
      model.fit(series);
      return fanOf(model.predict(horizon, level));
    });
  };
  return {
    ets,
    mstl(series, seasons, horizon, level) {
      const whole = seasons.filter((season) => season > 1 && series.length >= 2 * season);
      if (whole.length === 0) return ets(series, horizon, level);
      return attempt(() => {
        using model = MSTL.ets(Uint32Array.from(whole));
        model.fit(series);
        return fanOf(model.predict(horizon, level));
      });
    },
    changePoints(series) {
      if (series.length < 8) return [];
      const found = attempt(() => {
        using detector = ChangepointDetector.normalGamma({ hazardLambda: 60 });
        return detector.detectChangepoints(standardised(series)).indices;
      });
      return (found ?? []).filter((at) => at > 0);
    },
    outlyingSeries(series, sensitivity = 0.5) {
      if (series.length < 3) return [];
      const found = attempt(() => {
        using detector = OutlierDetector.mad({ sensitivity });
        return [...detector.detect([...series]).outlyingSeries];
      });
      return found ?? [];
    },
  };
}

function bytesOf(module: string): Buffer {
  const url = import.meta.resolve(`@bsull/augurs/${module}`);
  return readFileSync(fileURLToPath(new URL(`./${module}_bg.wasm`, url)));
}

/** augurs throws where a series cannot be fitted; the caller then has no model of this kind. */
function attempt<T>(fit: () => T): T | undefined {
  try {
    return fit();
  } catch {
    return undefined;
  }
}

function fanOf(found: {
  point: number[];
  intervals?: { lower: number[]; upper: number[] } | undefined;
}): Fan | undefined {
  const { point, intervals } = found;
  if (!intervals || ![...point, ...intervals.upper].every(Number.isFinite)) return undefined;
  return { point, lower: intervals.lower, upper: intervals.upper };
}

/** The prior of the detector expects values around 0 of size 1. */
function standardised(series: Float64Array): Float64Array {
  const mean = series.reduce((sum, value) => sum + value, 0) / series.length;
  const sd = Math.sqrt(series.reduce((sum, value) => sum + (value - mean) ** 2, 0) / series.length) || 1;
  return series.map((value) => (value - mean) / sd);
}
