/** Memory that one decoded batch is put into. Each part has room for more than the batch. */
export interface BatchMemory {
  readonly time: Float64Array;
  readonly seq: Float64Array;
  readonly offsets: Int32Array;
  readonly json: Uint8Array;
}

/** What a batch needs; {@link BatchMemory} may be larger. */
export interface BatchSize {
  readonly rows: number;
  readonly jsonBytes: number;
  /** Only a recording has numbers of rows. */
  readonly numbered: boolean;
}

/** Gives memory that is at least as large as `size` asks. */
export type ClaimMemory = (size: BatchSize) => BatchMemory;

/** An inflater wants room for one byte more than it fills. */
const SPARE = 1;

export function newBatchMemory({ rows, jsonBytes, numbered }: BatchSize): BatchMemory {
  return {
    time: new Float64Array(rows),
    seq: new Float64Array(numbered ? rows : 0),
    offsets: new Int32Array(rows + 1 + SPARE),
    json: Buffer.allocUnsafeSlow(jsonBytes + SPARE),
  };
}

export function hasRoom(memory: BatchMemory, { rows, jsonBytes, numbered }: BatchSize): boolean {
  return (
    memory.time.length >= rows &&
    memory.offsets.length > rows + SPARE &&
    memory.json.length >= jsonBytes + SPARE &&
    (!numbered || memory.seq.length >= rows)
  );
}
