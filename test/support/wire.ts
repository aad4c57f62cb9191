/** A control message as a component sees it: the envelope of the JSON dialect, whatever the dialect. */
export interface WireMessage {
  readonly protocol_version: string;
  readonly message_id: string;
  readonly correlation_id: string | null;
  readonly timestamp: string;
  readonly source: string;
  readonly target: string;
  readonly type: string;
  readonly command: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface WireFrame {
  /** Length of the line with its newline, or of the frame with its header. */
  readonly bytes: number;
  readonly message: WireMessage;
}

/** A component's side of a dialect, written without the code that is tested. */
export interface Wire {
  encode(message: WireMessage): Buffer;
  /** The complete lines or frames, and what is left. */
  split(bytes: Buffer): { readonly frames: readonly WireFrame[]; readonly rest: Buffer };
}

export const DIALECTS = ['json', 'binary'] as const;
export type Dialect = (typeof DIALECTS)[number];
