import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { AckReader } from '../../gateway/data/ack-reader.ts';
import type { Handshake } from '../../gateway/data/handshake.ts';
import type { Recorder } from '../recorder.ts';
import { numberedRow, type SampleRowOptions, sampleRow } from './sample-rows.ts';
import type { StreamPosition } from './stream-position.ts';

/** `pieces`: each row comes in several writes, cut in the middle of the line. */
export type RowManner = 'one-write' | 'pieces';

export interface DataConnectionOptions {
  readonly socket: Socket;
  readonly number: number;
  readonly handshake: Handshake;
  readonly position: StreamPosition;
  readonly rows: SampleRowOptions;
  readonly recorder: Recorder;
}

const CUTS = 3;
const PIECE_GAP_MS = 30;
/** The pause of Aegis between the answer to a handshake and the first row. */
const FIRST_ROW_AFTER_MS = 100;

/** An accepted data connection of the component. */
export class DataConnection {
  readonly #options: DataConnectionOptions;
  readonly #acks = new AckReader();
  readonly #acceptedAt = performance.now();

  constructor(options: DataConnectionOptions) {
    this.#options = options;
    options.socket.on('data', (chunk) => this.read(chunk));
  }

  get open(): boolean {
    return this.#options.socket.writable;
  }

  /** Input after the handshake. */
  read(chunk: Buffer): void {
    if (chunk.length === 0) return;
    const { recorder, handshake, position, number } = this.#options;
    const { acked, problem } = this.#acks.read(chunk);
    const strict = handshake.seq || handshake.claim.from !== undefined;
    if (acked !== undefined) position.acknowledged(acked);
    recorder.record({ kind: 'ack', connection: number, acked, problem, strict, written: position.written.rows });
  }

  /** Writes the next rows. False when they were not taken within the limit. */
  async write(count: number, manner: RowManner, ms: number): Promise<boolean> {
    const { recorder, position, rows, number } = this.#options;
    await recorder.pause(this.#acceptedAt + FIRST_ROW_AFTER_MS - performance.now());
    const first = position.next;
    const numbers = Array.from({ length: count }, (_, index) => first + index);
    const sizes = numbers.map((n) => Buffer.byteLength(sampleRow(rows, n)));
    const lines = Buffer.from(numbers.map((n) => this.#line(n)).join(''));
    position.wrote(sizes);
    let taken: boolean | undefined;
    void (manner === 'pieces' ? this.#inPieces(lines, count) : this.#write(lines)).then((result) => {
      taken = result;
      recorder.wake();
    });
    await recorder.until('the rows to be read', ms, () => taken !== undefined);
    const bytes = sizes.reduce((total, size) => total + size, 0);
    recorder.record({ kind: 'rows', connection: number, first, count, bytes, taken: taken === true });
    return taken === true;
  }

  /** Writes the first half of the next row. */
  async writeHalf(): Promise<void> {
    const { position, recorder, number } = this.#options;
    const line = Buffer.from(this.#line(position.next));
    const half = line.subarray(0, Math.floor(line.length / 2));
    await this.#write(half);
    recorder.record({ kind: 'torn', connection: number, row: position.next, bytes: half.length });
  }

  #line(n: number): string {
    const { rows, handshake } = this.#options;
    return handshake.seq ? numberedRow(rows, n) : sampleRow(rows, n);
  }

  async #inPieces(lines: Buffer, count: number): Promise<boolean> {
    const size = Math.ceil(lines.length / (count * CUTS + 1));
    for (let at = 0; at < lines.length; at += size) {
      if (!(await this.#write(lines.subarray(at, at + size)))) return false;
      await delay(PIECE_GAP_MS);
    }
    return true;
  }

  #write(bytes: Buffer): Promise<boolean> {
    const { socket } = this.#options;
    if (!socket.writable) return Promise.resolve(false);
    return new Promise((resolve) => {
      const closed = (): void => resolve(false);
      socket.once('close', closed);
      socket.write(bytes, (error) => {
        socket.off('close', closed);
        resolve(!error);
      });
    });
  }
}
