import { readFile } from 'node:fs/promises';

/** µs of CLOCK_MONOTONIC, which all processes of a machine share on Linux. */
export function nowUs(): number {
  const [seconds, nanos] = process.hrtime();
  return seconds * 1e6 + nanos / 1e3;
}

/** When message after message was sent, or arrived; µs, 0 for one that did not. */
export async function readStamps(path: string): Promise<Float64Array> {
  const bytes = await readFile(path);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** What arrived, with the time at which it was read: looked at only when everything is over. */
export class Arrivals {
  readonly #chunks: Buffer[] = [];
  readonly #times: number[] = [];

  add(chunk: Buffer): void {
    this.#times.push(nowUs());
    this.#chunks.push(chunk);
  }

  get all(): readonly { readonly chunk: Buffer; readonly at: number }[] {
    return this.#chunks.map((chunk, index) => ({ chunk, at: this.#times[index] ?? 0 }));
  }
}
