/** One fault of a refused request: which field, what is wrong, what to do. */
export interface ApiFault {
  field?: string;
  message: string;
  row?: number;
  remedy?: string;
}

/** The body of an RFC 9457 `application/problem+json` answer. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  remedy?: string;
  errors?: ApiFault[];
}

/** The server answered and refused. `status` is the HTTP status, `problem` what the server said. */
export class EndcapApiError extends Error {
  readonly status: number;
  readonly problem: Problem;
  /** Seconds the server asked to wait before another try, if it did. */
  readonly retryAfter: number | undefined;

  constructor(status: number, problem: Problem, retryAfter?: number) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.name = 'EndcapApiError';
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  /** True where the same request may succeed later: overload, disk full, a restart. */
  get transient(): boolean {
    return this.status === 408 || this.status === 429 || this.status >= 500;
  }

  static async from(response: Response): Promise<EndcapApiError> {
    const text = await response.text().catch(() => '');
    const retryAfter = Number.parseFloat(response.headers.get('retry-after') ?? '');
    return new EndcapApiError(
      response.status,
      parseProblem(text) ?? { title: response.statusText, detail: text.slice(0, 200) || undefined },
      Number.isFinite(retryAfter) ? retryAfter : undefined,
    );
  }
}

function parseProblem(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Problem) : undefined;
  } catch {
    return undefined;
  }
}
