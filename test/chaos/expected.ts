import type { TestAegis } from '../support/aegis.ts';
import { independentHash } from '../support/independent.ts';
import { expectedLines } from '../support/session-run.ts';
import type { ChaosComponent } from './components.ts';

/** What a component must get in an undisturbed run. */
export interface ExpectedStream {
  readonly lines: readonly string[];
  readonly bytes: number;
  readonly hash: string;
}

/** As long as every session id. */
const PLACEHOLDER = `ses-${'x'.repeat(16)}`;

/** Streams made from the archives by other means than Aegis has; read once, since sessions differ by their id alone. */
export class ExpectedStreams {
  readonly #aegis: TestAegis;
  readonly #templates = new Map<string, readonly string[]>();

  constructor(aegis: TestAegis) {
    this.#aegis = aegis;
  }

  of(sessionId: string, { declared }: ChaosComponent): ExpectedStream {
    const key = JSON.stringify(declared);
    const template = this.#templates.get(key) ?? expectedLines(this.#aegis, PLACEHOLDER, declared);
    this.#templates.set(key, template);
    const lines = template.map((line) => line.replaceAll(PLACEHOLDER, sessionId));
    const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    return { lines, bytes, hash: independentHash(lines) };
  }
}
