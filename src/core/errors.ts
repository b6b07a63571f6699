/** What went wrong in one place of an input: a JSON-pointer-like field, the row if any, and what to do. */
export interface FieldError {
  field: string;
  message: string;
  row?: number;
  remedy?: string;
}

interface ErrorRow {
  /** HTTP status. */
  status: number;
  /** When it happens, for the page of errors. */
  when: string;
}

/**
 * Every error a person may meet, by its stable code; `docs/errors.md` is made from this table. What is thrown adds the
 * message of the case and its remedy.
 */
export const errors = {
  ambiguous_time: {
    status: 400,
    when: 'Dates of a file can be read as day/month and as month/day, and nothing settles it',
  },
  body_too_large: { status: 413, when: 'A body has more bytes than the limit' },
  cannot_listen: { status: 503, when: 'The address or the port of a server cannot be had' },
  checkpoint_corrupt: { status: 500, when: 'The place where a training was interrupted cannot be read' },
  checkpoint_mismatch: {
    status: 500,
    when: 'The place of an interrupted training belongs to another training',
  },
  dialect_mismatch: {
    status: 400,
    when: 'A file is not of the kind of export that was named; the missing headers are',
  },
  disk_full: { status: 507, when: 'The disk is full: that write did nothing, reads go on' },
  empty_catalogue: { status: 400, when: 'A training finds no items that could be recommended' },
  empty_file: { status: 400, when: 'A file has neither a header nor rows' },
  file_not_found: { status: 400, when: 'There is no file of that name' },
  forbidden: { status: 403, when: 'The key, the address or the page may not do this' },
  forecast_pending: { status: 503, when: 'Stock advice is asked for before the first forecast is made' },
  internal: { status: 500, when: 'A fault of Endcap; the log of the server has the details' },
  invalid_audience: { status: 400, when: 'The rule of an audience cannot be read, or is too long' },
  invalid_cursor: { status: 400, when: 'A cursor belongs to another search, or is none' },
  invalid_config: {
    status: 400,
    when: 'The configuration endcap.json has a fault; line and field are named',
  },
  invalid_demand: { status: 400, when: 'The demand of an item is no number' },
  invalid_event: { status: 400, when: 'An event says something that cannot be' },
  invalid_experiments: { status: 400, when: 'The file of experiments has a fault' },
  invalid_filter: { status: 400, when: 'A filter cannot be read; the message names the position' },
  invalid_key: { status: 400, when: 'A key of an object store is not a plain path' },
  key_exists: { status: 409, when: 'There is a key of that name' },
  invalid_keys: { status: 400, when: 'The file of keys has a fault' },
  invalid_mapping: { status: 400, when: 'A mapping file has a fault' },
  invalid_offer: { status: 400, when: 'A field of an offer says something that cannot be' },
  invalid_option: { status: 400, when: 'An option of a command has a value that it cannot have' },
  invalid_policy: { status: 400, when: 'A policy file has a fault' },
  invalid_request: { status: 400, when: 'A field of a request is missing, unknown or out of its bounds' },
  invalid_stock: { status: 400, when: 'A cost, a lead time, a service level or a stock is out of its range' },
  invalid_training_data: {
    status: 400,
    when: 'What a model is to learn from has a fault; the message names the column and the row',
  },
  invalid_webhook: {
    status: 400,
    when: 'A webhook has an address that is not allowed, or too short a secret',
  },
  invalid_price: {
    status: 400,
    when: 'The bounds of a price are negative, no numbers or the wrong way round',
  },
  invalid_synonyms: { status: 400, when: 'A file of synonyms has a fault; the message names the line' },
  invalid_text_model: { status: 400, when: 'The folder of a text model lacks a file, or one does not load' },
  keys_needed: { status: 400, when: 'A server without keys is to listen where others can reach it' },
  malformed_json: { status: 400, when: 'A body is not JSON' },
  missing_column: { status: 400, when: 'A file lacks a column that it cannot do without' },
  method_not_allowed: { status: 405, when: 'A route is asked by a method that it does not have' },
  missing_join: {
    status: 400,
    when: 'Lines of orders came without the file of their orders, which is named',
  },
  model_corrupt: { status: 503, when: 'The files of a model are damaged or do not fit together' },
  model_outdated: { status: 503, when: 'A model was written by a version that this one cannot read' },
  no_events: { status: 400, when: 'A training finds an empty log' },
  no_previous_model: { status: 409, when: 'There is no earlier model to go back to' },
  no_store: { status: 400, when: 'The folder holds no shop' },
  file_changed: { status: 400, when: 'A file was written to or replaced while it was imported' },
  not_a_file: { status: 400, when: 'A path leads to a folder, a pipe or a device' },
  not_finite: { status: 500, when: 'A training came to numbers that are none' },
  not_found: { status: 404, when: 'There is no such route' },
  not_ready: { status: 503, when: 'The shop is being opened and catches up with its log' },
  not_positive_definite: { status: 500, when: 'A matrix of a training cannot be inverted' },
  nothing_kept: {
    status: 400,
    when: 'No row of an import can be used; the first are shown with their reasons',
  },
  nothing_trained: { status: 400, when: 'No model could be trained; the message says why of each' },
  other_columns: { status: 400, when: 'Files of one import have different columns' },
  out_of_time: { status: 500, when: 'A training had no time left to give a result' },
  registry_corrupt: { status: 503, when: 'The registry of models is damaged' },
  rows_unaccounted: { status: 500, when: 'An import lost count of its rows: a fault of Endcap' },
  runtime_missing: { status: 503, when: 'The runtime of deep models does not load on this machine' },
  server_refused: { status: 502, when: 'A server that an import or export talks to refuses a call' },
  server_unreachable: { status: 502, when: 'No server answers at the address of an import or export' },
  shop_unavailable: {
    status: 503,
    when: 'One of the shops of a server could not be opened; the others serve',
  },
  store_corrupt: { status: 503, when: 'A file of the store is damaged' },
  store_gone: { status: 503, when: 'The folder of the shop is gone, or is another one now' },
  store_locked: { status: 503, when: 'Another process has the store open' },
  store_outdated: { status: 503, when: 'The store was written by a version that this one cannot read' },
  suspicious_archive: { status: 400, when: 'An archive unpacks to far more than its size: it may be a bomb' },
  too_large: { status: 400, when: 'A JSON document is too large to be read as a whole' },
  too_little_data: { status: 400, when: 'An algorithm has too little data to learn from' },
  too_many_requests: { status: 429, when: 'A key, a shopper or an address asks more often than it may' },
  too_many_streams: { status: 429, when: 'As many event streams are open as may be' },
  training_diverged: { status: 500, when: 'The loss of a training grew without bounds' },
  unauthorized: { status: 401, when: 'A key is missing or not known' },
  unknown_dialect: { status: 400, when: 'No kind of export is called so' },
  unknown_audience: { status: 404, when: 'There is no audience of that id' },
  unknown_facet: { status: 400, when: 'A search filters by or counts a facet that no item has' },
  unknown_format: { status: 400, when: 'The format of a file is not one that can be read' },
  unknown_key: { status: 404, when: 'There is no key of that name' },
  unknown_item: { status: 404, when: 'There is no item of that id' },
  unknown_model: { status: 404, when: 'There is no algorithm, or no version, of that name' },
  unknown_offer: { status: 404, when: 'There is no offer of that id' },
  unknown_scope: { status: 400, when: 'A key is to have a scope that does not exist' },
  unreadable_file: { status: 400, when: 'A file cannot be read' },
  unsupported_media_type: { status: 415, when: 'A body is not JSON by its content type' },
  unwritable: { status: 400, when: 'A file or folder cannot be written' },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errors;

export interface ErrorOptions {
  errors?: FieldError[];
  /** What to do about it. */
  remedy?: string;
  /** Where the case has another status than its code. */
  status?: number;
  cause?: unknown;
}

/** An error a person can act on. The CLI prints it on one line and exits with 2; over HTTP it is RFC 9457. */
export class EndcapError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly options: ErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'EndcapError';
  }
  get status(): number {
    return this.options.status ?? errors[this.code].status;
  }
  get errors(): FieldError[] {
    return this.options.errors ?? [];
  }
  get remedy(): string | undefined {
    return this.options.remedy;
  }
}

/** `unknown_item`, with the field of the request that named it. */
export function unknownItem(id: string, field?: string): EndcapError {
  const message = `There is no item "${id}"`;
  const remedy = 'Check the id, or put the item first';
  return new EndcapError('unknown_item', message, {
    remedy,
    ...(field === undefined ? {} : { errors: [{ field, message, remedy }] }),
  });
}
