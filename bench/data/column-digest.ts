import { createHash } from 'node:crypto';
import type { AggTradeRecord } from '../../src/market/binance/record/agg-trade.ts';

const PIECE_ROWS = 16_384;

/** The hash of a stream of aggTrades as columns: written from docs/arrow.md, without the code that it checks. */
export class ColumnDigest {
  readonly #ts = new BigInt64Array(PIECE_ROWS);
  readonly #topic = new Int16Array(PIECE_ROWS);
  readonly #lengths = new Int32Array(PIECE_ROWS);
  readonly #id = new BigInt64Array(PIECE_ROWS);
  readonly #price = new Float64Array(PIECE_ROWS);
  readonly #quantity = new Float64Array(PIECE_ROWS);
  readonly #first = new BigInt64Array(PIECE_ROWS);
  readonly #last = new BigInt64Array(PIECE_ROWS);
  readonly #time = new BigInt64Array(PIECE_ROWS);
  readonly #maker = new Uint8Array(PIECE_ROWS);
  #symbols = '';
  #rows = 0;
  #chain: Buffer = Buffer.alloc(32);

  /** `topic`: its place among the topics. */
  add(record: AggTradeRecord, topic: number): void {
    const row = this.#rows++;
    this.#ts[row] = BigInt(record.transactTime);
    this.#topic[row] = topic;
    this.#lengths[row] = record.symbol.length;
    this.#symbols += record.symbol;
    this.#id[row] = BigInt(record.aggTradeId);
    this.#price[row] = Number(record.price);
    this.#quantity[row] = Number(record.quantity);
    this.#first[row] = BigInt(record.firstTradeId);
    this.#last[row] = BigInt(record.lastTradeId);
    this.#time[row] = BigInt(record.transactTime);
    this.#maker[row] = record.isBuyerMaker ? 1 : 0;
    if (this.#rows === PIECE_ROWS) this.#close();
  }

  /** Hex. Ends the digest. */
  hash(): string {
    if (this.#rows > 0) this.#close();
    return this.#chain.toString('hex');
  }

  #close(): void {
    const rows = this.#rows;
    const numbers = [this.#id, this.#price, this.#quantity, this.#first, this.#last, this.#time, this.#maker];
    const parts = [
      this.#ts.subarray(0, rows),
      this.#topic.subarray(0, rows),
      this.#lengths.subarray(0, rows),
      Buffer.from(this.#symbols),
      ...numbers.map((values) => values.subarray(0, rows)),
    ];
    const piece = createHash('sha256');
    for (const part of parts) piece.update(createHash('sha256').update(part).digest());
    this.#chain = createHash('sha256').update(this.#chain).update(piece.digest()).digest();
    this.#rows = 0;
    this.#symbols = '';
  }
}
