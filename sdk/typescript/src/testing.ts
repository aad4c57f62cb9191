import { Batch } from './batch.ts';
import type { Component, Config } from './component.ts';
import type { Stream } from './rows.ts';

/** A row as it comes over the wire. `topic` is a short one: `trades.BTCUSDT`, `klines.BTCUSDT.1m`. */
export function line(topic: string, ts: number, data: object): string {
  return `${JSON.stringify({ session_id: 'test', topic: `aegis.test.${topic}`, ts, data })}\n`;
}

export interface PlayOptions {
  /** What onConfigure gets. Default `{}`. */
  readonly config?: Config;
  /** Default 1 000. */
  readonly rowsPerBatch?: number;
}

/** Runs a component's hooks without Aegis: onConfigure, onStart, onRows for each batch, onStop. Errors are the caller's. */
export async function play<S extends Stream>(
  component: Component<S>,
  lines: readonly string[],
  { config = {}, rowsPerBatch = 1_000 }: PlayOptions = {},
): Promise<void> {
  await component.onConfigure(config);
  await component.onStart();
  for (let start = 0; start < lines.length; start += rowsPerBatch) {
    const text = lines.slice(start, start + rowsPerBatch).join('');
    await component.onRows(new Batch<S>(Buffer.from(text), { run: 1, seq: start }));
  }
  await component.onStop();
}
