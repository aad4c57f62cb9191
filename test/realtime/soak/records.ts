import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { TrueRow } from './exchange-messages.ts';

/** What the component keeps of a row: topic u32, checksum u32, key u64, little-endian. */
const BYTES = 16;
const PIECE = BYTES * 4_096;

interface KeptRecord {
  /** Index of its topic in the component's configuration. */
  readonly topic: number;
  readonly checksum: number;
  /** Id, update id or open time (unix ms); of a status row its number. */
  readonly key: number;
}

/** Short topics, in the order of the records' indexes. */
export function topicsIn(path: string): string[] {
  const topics: unknown = JSON.parse(readFileSync(`${path}.topics`, 'utf8'));
  if (!Array.isArray(topics)) throw new Error(`${path}.topics: no list of topics`);
  return topics.map(String);
}

/** All rows of a component by topic, in order. */
export function rowsByTopic(path: string): Map<string, TrueRow[]> {
  const data = readFileSync(path);
  const rows = topicsIn(path).map((topic): [string, TrueRow[]] => [topic, []]);
  for (let at = 0; at + BYTES <= data.length; at += BYTES) {
    const { topic, key, checksum } = recordAt(data, at);
    rows[topic]?.[1].push([key, checksum]);
  }
  return new Map(rows);
}

/** Reads what a component adds to its file, and knows the last key of each topic. */
export class RecordFollower {
  readonly #file: number;
  readonly #topics: readonly string[];
  readonly #piece = Buffer.alloc(PIECE);
  readonly #last = new Map<string, number>();
  #at = 0;
  #rows = 0;

  constructor(path: string) {
    this.#topics = topicsIn(path);
    this.#file = openSync(path, 'r');
  }

  /** So far. */
  get rows(): number {
    this.#read();
    return this.#rows;
  }

  /** Last key by short topic. */
  get last(): ReadonlyMap<string, number> {
    this.#read();
    return this.#last;
  }

  close(): void {
    closeSync(this.#file);
  }

  #read(): void {
    for (;;) {
      const read = readSync(this.#file, this.#piece, 0, PIECE, this.#at);
      const whole = read - (read % BYTES);
      if (whole === 0) return;
      for (let at = 0; at < whole; at += BYTES) {
        const { topic, key } = recordAt(this.#piece, at);
        this.#last.set(this.#topics[topic] ?? '', key);
      }
      this.#at += whole;
      this.#rows += whole / BYTES;
    }
  }
}

function recordAt(data: Buffer, at: number): KeptRecord {
  return {
    topic: data.readUInt32LE(at),
    checksum: data.readUInt32LE(at + 4),
    key: Number(data.readBigUInt64LE(at + 8)),
  };
}
