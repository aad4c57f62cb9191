/** What the control server tells the operator. Tokens are never in it. */
export interface ControlLogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly connection?: string;
  readonly session?: string;
  readonly component?: string;
}

export type ControlLog = (entry: ControlLogEntry) => void;
