import { AegisError } from '../errors.ts';
import { parseTopic } from '../topic.ts';
import type { ColumnBlock, ColumnValues, SliceColumns } from './column-block.ts';
import { blockColumns, isSent } from './columns.ts';
import { natural, parseFields } from './fields.ts';
import { runBytes, runTopic } from './order.ts';

/**
 * The rows of a slice as columns: a line of JSON that says what follows, filled with blanks so that the rest begins at a
 * multiple of 8; then the runs, then for each topic its `ts` and its columns, each at a multiple of 8.
 */
export interface ColumnMessage {
  /** Number of the slice's first row in the merged stream. */
  readonly firstSeq: number;
  readonly rows: number;
  readonly columns: SliceColumns;
}

/** A topic's part of the message. */
export interface BlockShape {
  /** Its index in the plan. */
  readonly topic: number;
  readonly rows: number;
  /** See {@link ColumnBlock.plain}. */
  readonly plain: boolean;
  /** Length of the texts of each utf8 column that is sent, in order. */
  readonly textBytes: readonly number[];
}

export interface MessageShape {
  readonly firstSeq: number;
  readonly rows: number;
  /** Number of runs. */
  readonly runs: number;
  readonly blocks: readonly BlockShape[];
}

/** A message whose columns are still to be filled. */
export interface OpenColumnMessage {
  /** Valid as long as the arena it lies in. */
  readonly payload: Buffer;
  readonly runs: Uint32Array;
  /** In the order of the shape's blocks. */
  readonly blocks: readonly ColumnBlock[];
}

const NEWLINE = 10;
const BLANK = 32;

/**
 * Lays out a message. `topics`: short topics of the plan. `arena` gives memory of at least so many bytes that begins at a
 * multiple of 8 of its ArrayBuffer.
 */
export function openColumnMessage(
  topics: readonly string[],
  shape: MessageShape,
  arena: (bytes: number) => Buffer,
): OpenColumnMessage {
  const head = encodeHead(shape);
  const size = head.length + bodyBytes(topics, shape);
  const memory = arena(size);
  memory.set(head);
  const payload = memory.subarray(0, size);
  return { payload, ...viewsOf(topics, shape, memory.buffer, memory.byteOffset + head.length) };
}

/**
 * Throws STREAM_FAILED when it is not what it says.
 * @param claim gives memory for the columns, at least so many bytes from a multiple of 8 on; default: new memory.
 */
export function decodeColumnMessage(
  topics: readonly string[],
  payload: Uint8Array,
  claim: (bytes: number) => Uint8Array<ArrayBuffer> = (bytes) => new Uint8Array(bytes),
): ColumnMessage {
  const end = payload.indexOf(NEWLINE) + 1;
  const shape = decodeHead(topics, payload.subarray(0, end));
  if (payload.length - end !== bodyBytes(topics, shape)) throw invalid('has another length than it says');
  // A copy, because typed arrays begin at multiples of their size.
  const body = claim(payload.length - end);
  body.set(payload.subarray(end));
  const { runs, blocks } = viewsOf(topics, shape, body.buffer, body.byteOffset);
  const byTopic: (ColumnBlock | undefined)[] = new Array(topics.length);
  for (const [place, { topic }] of shape.blocks.entries()) byTopic[topic] = blocks[place];
  if (!agree(shape.rows, runs, byTopic)) throw invalid('has runs that are not those of its blocks');
  return { firstSeq: shape.firstSeq, rows: shape.rows, columns: { blocks: byTopic, runs } };
}

/** The runs have exactly the rows of each block, and texts end where their bytes do. */
function agree(rows: number, runs: Uint32Array, blocks: readonly (ColumnBlock | undefined)[]): boolean {
  const counts = new Float64Array(blocks.length);
  let sum = 0;
  for (const run of runs) {
    const topic = runTopic(run);
    if (topic >= counts.length) return false;
    counts[topic] = (counts[topic] ?? 0) + runBytes(run);
    sum += runBytes(run);
  }
  if (sum !== rows) return false;
  return counts.every((count, topic) => {
    const block = blocks[topic];
    if (block === undefined) return count === 0;
    return block.rows === count && block.columns.every((column) => endsRight(column, count));
  });
}

function endsRight(column: ColumnValues, rows: number): boolean {
  return column.kind !== 'texts' || column.offsets[rows] === column.bytes.length;
}

function encodeHead({ firstSeq, rows, runs, blocks }: MessageShape): Buffer {
  const parts = blocks.map(({ topic, rows, plain, textBytes }) => [topic, rows, plain ? 1 : 0, ...textBytes]);
  const text = JSON.stringify({ first_seq: firstSeq, rows, runs, blocks: parts });
  const head = Buffer.alloc(padded(text.length + 1), BLANK);
  head.write(text, 'latin1');
  head[head.length - 1] = NEWLINE;
  return head;
}

function decodeHead(topics: readonly string[], line: Uint8Array): MessageShape {
  const kind = 'columns';
  const fields = parseFields(kind, line);
  const { blocks } = fields;
  if (!Array.isArray(blocks)) throw invalid('has no list of blocks');
  return {
    firstSeq: natural(kind, fields, 'first_seq'),
    rows: natural(kind, fields, 'rows'),
    runs: natural(kind, fields, 'runs'),
    blocks: blocks.map((block: unknown) => decodeBlock(topics, block)),
  };
}

function decodeBlock(topics: readonly string[], block: unknown): BlockShape {
  if (!Array.isArray(block) || !block.every(isNatural)) throw invalid('has a block that is none');
  const [topic = -1, rows = 0, plain = 0, ...textBytes] = block;
  const name = topics[topic];
  if (name === undefined) throw invalid(`has rows of topic ${topic}, which the plan does not have`);
  const texts = blockColumns(name, plain === 1).filter((column) => isSent(column) && column.kind === 'utf8');
  if (texts.length !== textBytes.length) throw invalid(`has other columns than ${name}`);
  return { topic, rows, plain: plain === 1, textBytes };
}

function bodyBytes(topics: readonly string[], { runs, blocks }: MessageShape): number {
  let bytes = padded(4 * runs);
  for (const { topic, rows, plain, textBytes } of blocks) {
    bytes += 8 * rows;
    let text = 0;
    for (const { kind } of blockColumns(topics[topic] ?? '', plain).filter(isSent)) {
      if (kind === 'bool') bytes += padded(rows);
      else if (kind !== 'utf8') bytes += 8 * rows;
      else bytes += padded(4 * (rows + 1)) + padded(textBytes[text++] ?? 0);
    }
  }
  return bytes;
}

/** The columns of a message over the memory in which its body begins at byte `start`. */
function viewsOf(topics: readonly string[], shape: MessageShape, memory: ArrayBufferLike, start: number) {
  let place = start;
  const take = (bytes: number): number => {
    const at = place;
    place += padded(bytes);
    return at;
  };
  const runs = new Uint32Array(memory, take(4 * shape.runs), shape.runs);
  const blocks = shape.blocks.map(({ topic, rows, plain, textBytes }): ColumnBlock => {
    const ts = new Int32Array(memory, take(8 * rows), 2 * rows);
    let text = 0;
    const name = topics[topic] ?? '';
    const columns = blockColumns(name, plain).map(({ kind, path }): ColumnValues => {
      if (path === 'ts') return { kind: 'words', words: ts };
      if (path === 'symbol') return { kind: 'constant', text: Buffer.from(parseTopic(name).symbol) };
      if (kind === 'bool') return { kind: 'bytes', bytes: new Uint8Array(memory, take(rows), rows) };
      if (kind !== 'utf8') return { kind: 'words', words: new Int32Array(memory, take(8 * rows), 2 * rows) };
      const bytes = textBytes[text++] ?? 0;
      const offsets = new Int32Array(memory, take(4 * (rows + 1)), rows + 1);
      return { kind: 'texts', offsets, bytes: new Uint8Array(memory, take(bytes), bytes) };
    });
    return { rows, ts, columns, plain };
  });
  return { runs, blocks };
}

function padded(bytes: number): number {
  return (bytes + 7) & ~7;
}

function isNatural(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function invalid(what: string): AegisError {
  return new AegisError('STREAM_FAILED', `a message of columns ${what}`);
}
