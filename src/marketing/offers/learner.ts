import { Packr } from 'msgpackr';
import { EndcapError } from '../../core/index.js';
import type { ObjectStore } from '../../storage/index.js';
import { runTask } from '../tasks.js';
import { wordsIn } from '../words.js';
import type { Assignments } from './assignments.js';
import { type LearnedResponse, type ResponseStatus, responseNeeds, responseSaid } from './learned.js';
import type { ResponseContent } from './response.js';

const packr = new Packr({ useRecords: false, moreTypes: true });
const key = 'marketing/response.bin';
/** A fit is made anew when there are so many more assignments than it had. */
const growth = 1.2;

/** What discounts do in this shop: learned from its own randomised assignments, assumed until there are enough. */
export class ResponseLearner {
  private learned: LearnedResponse | undefined;

  constructor(
    private readonly objects: ObjectStore,
    private readonly assignments: Assignments,
    private readonly use: (content: ResponseContent | undefined) => void,
  ) {}

  /** Reads what was learned before. */
  async open(): Promise<void> {
    const bytes = await this.objects.get(key);
    if (bytes) this.take(packr.unpack(bytes) as LearnedResponse);
  }

  /** Learns where there is enough, and enough that is new; what the job does. */
  async learnIfGrown(now: number): Promise<void> {
    const { assignments } = this.assignments.settled(now);
    if (this.missing(now) !== undefined) return;
    if (this.learned && assignments < growth * this.learned.report.assignments) return;
    await this.learn(now);
  }

  /** Learns now. Throws `too_little_data`, with what is missing. */
  async learn(now: number): Promise<void> {
    const missing = this.missing(now);
    if (missing !== undefined)
      throw new EndcapError('too_little_data', `The response cannot be learned yet: ${missing}`, {
        remedy: 'Wait, or raise the offers’ share of exploration or holdout',
      });
    const learned = await runTask('response', this.assignments.trial(now));
    await this.objects.put(key, packr.pack(learned));
    this.take(learned);
  }

  status(now: number): ResponseStatus {
    const { learned } = this;
    const settled = this.assignments.settled(now);
    const needed = { ...responseNeeds };
    const basis = learned?.content ? 'measured' : 'assumed';
    const status = { basis, ...settled, needed, ...(learned ? { report: learned.report } : {}) } as const;
    return { ...status, said: responseSaid(status, wordsIn.en) };
  }

  private missing(now: number): string | undefined {
    const { assignments, purchases } = this.assignments.settled(now);
    if (assignments >= responseNeeds.assignments && purchases >= responseNeeds.purchases) return undefined;
    return `${assignments} of ${responseNeeds.assignments} randomised assignments are over, ${purchases} of ${responseNeeds.purchases} of them with a purchase`;
  }

  private take(learned: LearnedResponse): void {
    this.learned = learned;
    this.use(learned.content);
  }
}
