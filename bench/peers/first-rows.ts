import { openTape } from '../../src/tape/reader.ts';

/** The first rows of a tape: time in unix µs, data as JSON text. */
export function* firstRows(path: string, rows: number): Generator<{ readonly timeUs: number; readonly json: string }> {
  const tape = openTape(path);
  try {
    let left = rows;
    for (let index = 0; index < tape.batches && left > 0; index++) {
      const batch = tape.batch(index);
      const json = Buffer.from(batch.json.buffer, batch.json.byteOffset, batch.json.byteLength);
      for (let row = 0; row < Math.min(batch.rows, left); row++) {
        yield { timeUs: batch.time[row] ?? 0, json: json.toString('utf8', batch.offsets[row], batch.offsets[row + 1]) };
      }
      left -= batch.rows;
    }
  } finally {
    tape.close();
  }
}
