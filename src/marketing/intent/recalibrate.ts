import { logit, sigmoid } from '../../trees/index.js';

/**
 * Keeps a probability true while the world moves: a line over the log-odds, learned one outcome at a time, after it was
 * said (predict, then learn). A Newton step with a memory that fades, so that it follows in a few hundred outcomes
 * and rests where nothing changes.
 */
export class StreamCalibration {
  /** Slope and intercept over the log-odds. */
  private line: [number, number] = [1, 0];
  /** Faded sums of second derivatives: how sure the line is. */
  private curve: [number, number, number];

  /** `memory`: outcomes after which a past one counts 1/e; `prior`: outcomes that the line as it is counts for. */
  constructor(
    private readonly memory = 500,
    prior = 20,
  ) {
    this.curve = [prior, 0, prior];
  }

  correct(probability: number): number {
    return sigmoid(this.line[0] * logit(inside(probability)) + this.line[1]);
  }

  /** Learns what became of a prediction (as it was before `correct`). */
  learn(probability: number, outcome: boolean): void {
    const x = logit(inside(probability));
    const p = sigmoid(this.line[0] * x + this.line[1]);
    const keep = 1 - 1 / this.memory;
    const h = Math.max(p * (1 - p), 1e-3);
    const [a, b, c] = this.curve;
    this.curve = [keep * a + h * x * x, keep * b + h * x, keep * c + h];
    const [ss, si, ii] = this.curve;
    const d = p - (outcome ? 1 : 0);
    const determinant = ss * ii - si * si;
    if (!(determinant > 1e-9)) return;
    this.line[0] -= (ii * x - si) * (d / determinant);
    this.line[1] -= (ss - si * x) * (d / determinant);
    // A slope below 0 would turn the order round; it can only be noise.
    this.line[0] = Math.min(4, Math.max(0.05, this.line[0]));
  }

  pack(): { line: [number, number]; curve: [number, number, number] } {
    return { line: [...this.line], curve: [...this.curve] };
  }

  restore(packed: { line: [number, number]; curve: [number, number, number] }): void {
    this.line = [...packed.line];
    this.curve = [...packed.curve];
  }
}

/** What is kept of a `Thinning`: the day, and how many came on it and on the day before. */
export type PackedThinning = [day: number, today: number, before: number];

/** Each second, third, … of what comes, so that about `wanted` are taken a day, as many as yesterday coming today. */
export class Thinning {
  private day = Number.NEGATIVE_INFINITY;
  private today = 0;
  private before = 0;

  constructor(private readonly wanted: number) {}

  /** Whether what came at `time`, ms, is taken; what comes late counts to the last day. */
  takes(time: number): boolean {
    const day = Math.floor(time / 86_400_000);
    if (day > this.day) {
      this.before = day === this.day + 1 ? this.today : 0;
      this.today = 0;
      this.day = day;
    }
    return this.today++ % Math.max(1, Math.floor(this.before / this.wanted)) === 0;
  }

  pack(): PackedThinning {
    return [this.day, this.today, this.before];
  }

  restore([day, today, before]: PackedThinning): void {
    [this.day, this.today, this.before] = [day, today, before];
  }
}

const inside = (probability: number): number => Math.min(1 - 1e-6, Math.max(1e-6, probability));
