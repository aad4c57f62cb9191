import * as arrow from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { ArrowBatch } from '../../sdk/typescript/src/arrow-batch.ts';
import { ArrowInput } from '../../sdk/typescript/src/arrow-input.ts';
import { loadArrow, type RecordBatch } from '../../sdk/typescript/src/arrow-library.ts';
import { Position } from '../../sdk/typescript/src/position.ts';
import { arrowStream, recordBatch } from './speed/columns.ts';
import { tradeAt } from './speed/lines.ts';

const library = await loadArrow();
const STATEMENT = '{"status":"ok","run":1,"from":0,"given":0}\n';

/** Gives what is not dealt with again, as a connection does. */
class Feed {
  readonly #input: ArrowInput;
  #rest: Buffer = Buffer.alloc(0);

  constructor(lines: string[] = []) {
    this.#input = new ArrowInput({ library, onLine: (line) => lines.push(line) });
  }

  take(chunk: Buffer): readonly RecordBatch[] {
    const data = Buffer.concat([this.#rest, chunk]);
    const { rows, bytes } = this.#input.take(data);
    this.#rest = data.subarray(bytes);
    return rows;
  }
}

function started(from: number, given: number): Position {
  const position = new Position('resume');
  position.state({ status: 'ok', run: 1, from, given });
  return position;
}

describe('columns on the TypeScript SDK', () => {
  it.each([1, 7, 8, 100, 4_096, 1 << 20])('are decoded when the stream comes in pieces of %i bytes', (size) => {
    const data = Buffer.concat([Buffer.from(STATEMENT), arrowStream(0, 300, 130)]);
    const lines: string[] = [];
    const reader = new Feed(lines);
    const batches = [];
    for (let place = 0; place < data.length; place += size)
      batches.push(...reader.take(data.subarray(place, place + size)));
    expect(lines).toEqual([STATEMENT]);
    expect(batches.map(({ numRows }) => numRows)).toEqual([130, 130, 40]);
    const [, second] = batches.map((batch) => new ArrowBatch(batch));
    expect(second).toMatchObject({ seq: 130, nextSeq: 260, length: 130 });
    expect([...(second?.float64('price') ?? [])]).toEqual(
      Array.from({ length: 130 }, (_, row) => tradeAt(130 + row).price),
    );
    expect(second?.int64('ts').at(-1)).toBe(BigInt(tradeAt(259).ts));
    expect(second?.recordBatch).toBeInstanceOf(arrow.RecordBatch);
  });

  it('are there with the last byte of their message', () => {
    const begin = arrowStream(0, 5).subarray(0, -8);
    const reader = new Feed();
    expect(reader.take(begin.subarray(0, -1))).toEqual([]);
    expect(reader.take(begin.subarray(-1))).toHaveLength(1);
  });

  it('are not taken from what is no Arrow stream', () => {
    expect(() => new Feed().take(Buffer.from('PK\x03\x04PK\x03\x04'))).toThrow('not an Arrow stream');
  });

  it('are read by the type of the column alone, with NaN where there is no number', () => {
    const batch = new ArrowBatch(recordBatch(0, 4));
    expect(() => batch.float64('seq')).toThrow('seq is no column of float64');
    expect(() => batch.int64('nothing')).toThrow('nothing is no column of int64');
    const some = arrow.vectorFromArray([1.5, null, 2.5], new arrow.Float64());
    const partly = new ArrowBatch(new arrow.RecordBatch({ some: some.data[0] ?? raise() }), { seq: 0 });
    expect([...partly.float64('some')]).toEqual([1.5, Number.NaN, 2.5]);
  });

  it('drop rows that are there, do not pass over a missing one, and are split where new rows begin', () => {
    const position = started(0, 0);
    expect(position.takeColumns([recordBatch(0, 5)])).toHaveLength(1);
    const [batch, ...others] = position.takeColumns([recordBatch(2, 4), recordBatch(4, 9)]);
    expect(others).toEqual([]);
    expect(batch).toMatchObject({ run: 1, seq: 5, nextSeq: 9, length: 4 });
    expect([...(batch?.int64('seq') ?? [])]).toEqual([5n, 6n, 7n, 8n]);
    expect(position.claim()).toEqual({ from: 9, run: 1 });
    expect(() => position.takeColumns([recordBatch(10, 12)])).toThrow('row 9 was to come, and row 10 came');
    const parts = started(10, 14).takeColumns([recordBatch(10, 12), recordBatch(12, 20)]);
    expect(parts.map(({ seq, nextSeq, replayed }) => [seq, nextSeq, replayed])).toEqual([
      [10, 12, true],
      [12, 14, true],
      [14, 20, false],
    ]);
  });
});

function raise(): never {
  throw new Error('the vector has no data');
}
