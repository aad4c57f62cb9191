import { closeSync, constants, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DirectReader, encodeDirect } from '../../../model/wire/direct-message.ts';
import type { LiveMessage } from './live-message.ts';

export interface DeliveredRowsOptions {
  /** Made with the first rows. */
  readonly folder: string;
  /** The newest rows are kept up to this size, and up to twice of it. Bytes, default 4 MiB. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 4 << 20;
const FILES = ['0', '1'] as const;
/** What a file begins with: a number, which the later one of the two has higher. */
const HEAD_BYTES = 16;
const OPEN_FLAGS = constants.O_WRONLY | constants.O_CREAT;

interface Half {
  readonly fd: number;
  readonly number: number;
  used: number;
}

/**
 * The newest rows of a realtime run, written down before a component gets them. They reach components before the log has them:
 * when orchestrator, NATS and this process are killed at once, the next orchestrator asks for what is here and writes it to the
 * log. The page cache keeps it; that is all it must survive, as with the journal of positions.
 *
 * Two files in turn, so that no write copies what there is; in each the messages as they travel to this process.
 */
export class DeliveredRows {
  readonly #folder: string;
  readonly #maxBytes: number;
  #half: Half | undefined;

  constructor({ folder, maxBytes = MAX_BYTES }: DeliveredRowsOptions) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /** They are in the file when this returns. Throws what the file system throws. */
  keep(messages: readonly LiveMessage[]): void {
    const bytes = Buffer.concat(messages.map(encodeDirect));
    let half = this.#half ?? this.#goOn();
    if (half.used > HEAD_BYTES && half.used + bytes.length > this.#maxBytes) half = this.#begin(half.number + 1);
    writeAll(half.fd, bytes, half.used);
    half.used += bytes.length;
  }

  /** What is kept, the oldest first. A message that is cut off or unreadable is left out, and what follows it in its file. */
  read(): LiveMessage[] {
    return this.#contents().flatMap(({ bytes }) => messagesIn(bytes));
  }

  close(): void {
    if (this.#half !== undefined) closeSync(this.#half.fd);
    this.#half = undefined;
  }

  /** After a restart: behind what is there, whose end may be cut off, nothing can be appended. */
  #goOn(): Half {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const before = this.read();
    const half = this.#begin((this.#contents().at(-1)?.number ?? 0) + 1);
    // The file that was begun had the older ones. Those of the other one must outlive the next restart, too.
    if (before.length > 0) this.keep(newest(before, this.#maxBytes - HEAD_BYTES));
    return half;
  }

  #begin(number: number): Half {
    this.close();
    const fd = openSync(join(this.#folder, FILES[number % 2] ?? ''), OPEN_FLAGS, 0o600);
    ftruncateSync(fd);
    writeAll(fd, Buffer.from(String(number).padEnd(HEAD_BYTES)), 0);
    this.#half = { fd, number, used: HEAD_BYTES };
    return this.#half;
  }

  #contents(): { readonly number: number; readonly bytes: Buffer }[] {
    return FILES.flatMap((name) => {
      const bytes = contentOf(join(this.#folder, name));
      const number = Number(bytes.toString('latin1', 0, HEAD_BYTES));
      return number > 0 && bytes.length >= HEAD_BYTES ? [{ number, bytes: bytes.subarray(HEAD_BYTES) }] : [];
    }).sort((one, other) => one.number - other.number);
  }
}

function messagesIn(bytes: Buffer): LiveMessage[] {
  const messages: LiveMessage[] = [];
  try {
    new DirectReader().read(bytes, (message) => messages.push(message));
  } catch {
    // A loss of power has left anything there: with it the components have gone, and the log is what counts.
  }
  return messages;
}

/** The last ones of them, until they would have more than `bytes`. */
function newest(messages: readonly LiveMessage[], bytes: number): readonly LiveMessage[] {
  let room = bytes;
  const first = messages.findLastIndex((message) => {
    room -= encodeDirect(message).length;
    return room < 0;
  });
  return messages.slice(first + 1);
}

function writeAll(fd: number, bytes: Buffer, place: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, place + done);
}

function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
