/** What happens while a server is looked for, downloaded or built: for a line that tells the user why it takes time. */
export interface ResolveProgress {
  readonly server: 'temporal' | 'nats-server';
  readonly step: 'wait' | 'download' | 'build';
  /** Since the step began. */
  readonly elapsedMs: number;
  /** What is being done right now: bytes loaded, the compiler's last line, whom it waits for. */
  readonly text: string;
}

export type OnProgress = (progress: ResolveProgress) => void;

/** `nats-server: build 12 s: github.com/klauspost/compress/s2` */
export function progressLine({ server, step, elapsedMs, text }: ResolveProgress): string {
  return `${server}: ${step} ${Math.floor(elapsedMs / 1000)} s: ${text}`;
}
