/** What went wrong in one place of an input: a JSON-pointer-like field, the row if any, and what to do. */
export interface FieldError {
  field: string;
  message: string;
  row?: number;
  remedy?: string;
}

/**
 * An error a person can act on. `code` is stable (`invalid_event`, `store_corrupt`, `disk_full`, …),
 * `status` is the HTTP status it maps to. The CLI prints `message` on one line and exits with 2.
 */
export class EndcapError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly options: { status?: number; errors?: FieldError[]; remedy?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'EndcapError';
  }
  get status(): number {
    return this.options.status ?? 400;
  }
  get errors(): FieldError[] {
    return this.options.errors ?? [];
  }
  get remedy(): string | undefined {
    return this.options.remedy;
  }
}
