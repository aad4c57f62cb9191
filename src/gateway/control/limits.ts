/** Times in ms. The defaults are the protocol's; tests give smaller ones. */
export interface ControlLimits {
  /** From the connection to its REGISTER. */
  readonly registerMs: number;
  /** For an answer of the session's workflow; below the 15 s that SDKs wait for an ACK. */
  readonly answerMs: number;
  /** How long the ACK of READY may be held back until the data socket listens. */
  readonly dataSocketMs: number;
  /** For INITIALIZING after REGISTERED, and READY after that. */
  readonly stepMs: number;
  /** Without INITIALIZING for so long, a component is taken for one of the generation that waits for CONFIGURE. */
  readonly legacyMs: number;
  /** For the ACK of CONFIGURE. */
  readonly configureAckMs: number;
  /** Longest silence before RUNNING. */
  readonly silenceMs: number;
  /** Between PINGs, from the ACK of RUNNING on. */
  readonly pingMs: number;
  /** Longest silence of a component that gets PINGs. */
  readonly deadMs: number;
  /** Between two writes without an answer in between; see also the padding of lines. */
  readonly gapMs: number;
  /** For a component that said SHUTDOWN to end the connection. */
  readonly leaveMs: number;
  /** For the other side to take what was sent, while the connection is open and when it is being closed. */
  readonly writeMs: number;
  readonly closeMs: number;
  /** Bytes that may wait for a component that does not read. */
  readonly maxUnsentBytes: number;
  readonly maxLineBytes: number;
  /** Sustained messages per second of one connection, and how many may come at once. */
  readonly messagesPerSecond: number;
  readonly messageBurst: number;
  /** Further connections are closed at once, without an answer: an answer would end the component for good. */
  readonly maxConnections: number;
  /** How long the end of a connection is tried to be reported to a workflow that cannot be reached. */
  readonly farewellMs: number;
}

export const CONTROL_LIMITS: ControlLimits = {
  registerMs: 30_000,
  answerMs: 14_000,
  dataSocketMs: 10_000,
  stepMs: 30_000,
  legacyMs: 3_000,
  configureAckMs: 15_000,
  silenceMs: 30_000,
  pingMs: 5_000,
  deadMs: 15_000,
  gapMs: 20,
  leaveMs: 2_000,
  writeMs: 10_000,
  closeMs: 1_000,
  maxUnsentBytes: 1_048_576,
  maxLineBytes: 1_048_576,
  messagesPerSecond: 200,
  messageBurst: 1_000,
  maxConnections: 1_024,
  farewellMs: 600_000,
};
