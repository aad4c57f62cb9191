/**
 * The catalogue of errors: every refusal and failure a user can meet has one code here, and the code alone decides the
 * exit code of `aegisctl`, the HTTP status and what to do next. Texts say what happened and where.
 */

/** Exit codes of `aegisctl`: stable, documented in docs/cli.md. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  dependencyDown: 5,
  dataMissing: 6,
  dataInvalid: 7,
  conflict: 8,
  timeout: 9,
  failed: 10,
  interrupted: 130,
} as const;

export type ExitName = keyof typeof EXIT;

interface CatalogueEntry {
  readonly exit: ExitName;
  readonly http: number;
  /** What to do next; the default where the thrower knows nothing better. */
  readonly remedy: string;
}

export const CATALOGUE = {
  INTERNAL: {
    exit: 'unexpected',
    http: 500,
    remedy: 'This is a defect of Aegis: please report it with the text above.',
  },
  USAGE: { exit: 'usage', http: 400, remedy: 'See `aegisctl help <command>`.' },
  INVALID_SPEC: { exit: 'usage', http: 400, remedy: 'Correct the field that is named and try again.' },
  NOT_BUILT: { exit: 'usage', http: 501, remedy: 'This is not built yet.' },

  SESSION_NOT_FOUND: { exit: 'notFound', http: 404, remedy: '`aegisctl session list` shows the sessions there are.' },
  COMPONENT_NOT_FOUND: {
    exit: 'notFound',
    http: 404,
    remedy: '`aegisctl session inspect <name>` lists its components.',
  },
  PROGRAM_NOT_FOUND: { exit: 'notFound', http: 404, remedy: 'Give the path of an executable file.' },
  DATA_NOT_FOUND: { exit: 'notFound', http: 404, remedy: '`aegisctl data list` shows what is there.' },

  SESSION_EXISTS: { exit: 'conflict', http: 409, remedy: 'Choose another name, or delete the session first.' },
  ILLEGAL_TRANSITION: { exit: 'refused', http: 409, remedy: 'The message names what is legal in this state.' },
  START_REFUSED: { exit: 'refused', http: 409, remedy: 'Mend what the message names, then start again.' },
  TOPIC_NOT_AVAILABLE: {
    exit: 'refused',
    http: 409,
    remedy: 'Change what the component declares, or the mode of the session.',
  },

  DEPENDENCY_DOWN: {
    exit: 'dependencyDown',
    http: 503,
    remedy: '`aegisctl up` starts Aegis; `aegisctl doctor` finds what is wrong.',
  },
  SERVER_UNAVAILABLE: { exit: 'dependencyDown', http: 503, remedy: '`aegisctl doctor` says what to install.' },
  SERVER_SETUP: {
    exit: 'dependencyDown',
    http: 503,
    remedy: 'Do on the server what the message names, then try again.',
  },
  HOST_UNAVAILABLE: { exit: 'dependencyDown', http: 503, remedy: 'Start aegisd on the host that is named.' },

  DATA_MISSING: { exit: 'dataMissing', http: 409, remedy: 'Fetch and import what is missing, or use --allow-gaps.' },
  NOT_PUBLISHED: {
    exit: 'dataMissing',
    http: 404,
    remedy: 'Archives appear on the next UTC day; try later or another range.',
  },
  DOWNLOAD_FAILED: {
    exit: 'dependencyDown',
    http: 502,
    remedy: 'Check the connection and run the same command again: it continues.',
  },
  EXCHANGE_REFUSED: {
    exit: 'refused',
    http: 502,
    remedy: 'The exchange says why in the message; what it has refused once is not asked again by itself.',
  },
  EXCHANGE_UNREACHABLE: {
    exit: 'dependencyDown',
    http: 503,
    remedy: 'Check the connection to the exchange, and whether the exchange itself is up.',
  },
  EXCHANGE_ANSWER: {
    exit: 'dataInvalid',
    http: 502,
    remedy: 'The exchange answered what Aegis cannot read: look for a newer version of Aegis, or report it.',
  },
  CHECKSUM_MISMATCH: { exit: 'dataInvalid', http: 422, remedy: 'Delete the archive and fetch it again.' },
  ARCHIVE_DAMAGED: { exit: 'dataInvalid', http: 422, remedy: 'Delete the archive and fetch it again.' },
  ROW_INVALID: { exit: 'dataInvalid', http: 422, remedy: 'Nothing of the file was imported: mend or replace it.' },
  TAPE_DAMAGED: { exit: 'dataInvalid', http: 422, remedy: 'Import the archive again with --replace.' },
  SOURCE_CONFLICT: {
    exit: 'conflict',
    http: 409,
    remedy: 'Import with --replace to take the new file in place of the old one.',
  },

  TIMEOUT: { exit: 'timeout', http: 504, remedy: '`aegisctl session inspect <name>` shows what it waits for.' },
  SESSION_FAILED: {
    exit: 'failed',
    http: 500,
    remedy: '`aegisctl session logs <name>` shows why; `session restart` runs it again.',
  },
  COMPONENT_FAILED: {
    exit: 'failed',
    http: 500,
    remedy: '`aegisctl session logs <name>` shows what the component wrote.',
  },
  CONFIG_REFUSED: {
    exit: 'refused',
    http: 409,
    remedy: 'The component goes on with the configuration it had; correct what it names and try again.',
  },
  COMPONENT_NOT_CONFORMING: {
    exit: 'failed',
    http: 422,
    remedy: 'Each broken rule says what to do; docs/component-check.md lists the rules.',
  },
  SECRET_UNREADABLE: {
    exit: 'failed',
    http: 500,
    remedy: 'Detach the component and attach it again with its secrets.',
  },
  PROCESS_LOST: { exit: 'failed', http: 500, remedy: 'Aegis starts it again by itself.' },
  STREAM_FAILED: { exit: 'failed', http: 500, remedy: '`aegisctl session events <name>` shows what happened.' },
  INTERRUPTED: { exit: 'interrupted', http: 499, remedy: 'Run the command again.' },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof CATALOGUE;

export interface ErrorOptions {
  /** Where it happened: `file.csv:12:3`, `session alpha`, `component momentum`. */
  readonly where?: string;
  readonly remedy?: string;
  readonly cause?: unknown;
  /** Plain data for machines: `--json` prints it. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The form errors have on wires and in JSON output. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly where?: string;
  readonly remedy: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

const MARK = Symbol.for('aegis.error');

export class AegisError extends Error {
  readonly [MARK] = true;
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly remedy: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AegisError';
    this.code = code;
    this.where = options.where;
    this.remedy = options.remedy ?? CATALOGUE[code].remedy;
    this.details = options.details;
  }

  get exitCode(): number {
    return EXIT[CATALOGUE[this.code].exit];
  }

  toJSON(): ErrorData {
    return {
      code: this.code,
      message: this.message,
      ...(this.where === undefined ? {} : { where: this.where }),
      remedy: this.remedy,
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }

  /** True also for errors made by another copy of this module. */
  static is(value: unknown): value is AegisError {
    return typeof value === 'object' && value !== null && MARK in value;
  }

  static fromData(data: ErrorData): AegisError {
    return new AegisError(data.code, data.message, data);
  }
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(CATALOGUE, code);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
