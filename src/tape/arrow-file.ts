import { closeSync, fsyncSync, openSync, writevSync } from 'node:fs';
import { CompressionType, compressionRegistry, RecordBatchFileWriter, Schema, type TypeMap } from 'apache-arrow';
import { Deflater } from './deflater.ts';
import { MANIFEST_KEY } from './manifest.ts';

type Bytes = Parameters<RecordBatchFileWriter['_write']>[0];

const UNCOMPRESSED = -1n;

/** One for all files of this thread: a batch is written without a break. */
const DEFLATER = new Deflater();

compressionRegistry.set(CompressionType.ZSTD, { encode: (bytes) => DEFLATER.compress(bytes) });

/**
 * An Arrow IPC file that is written straight to disk (constant memory) and carries a manifest in its footer.
 * Every write is synchronous: buffers of a record batch may be reused as soon as `write` returned.
 */
export class ArrowFile extends RecordBatchFileWriter<TypeMap> {
  readonly #fd: number;
  #manifest: object | undefined;
  #closed = false;

  constructor(path: string) {
    super({ compressionType: CompressionType.ZSTD });
    this.#fd = openSync(path, 'wx');
  }

  /** Writes the footer, with the manifest as JSON, and waits until the file is on disk. */
  seal(manifest: object): void {
    this.#manifest = manifest;
    this.finish();
    fsyncSync(this.#fd);
    this.discard();
  }

  /** Closes the file as it is. */
  discard(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#fd);
  }

  protected override _write(chunk: Bytes): this {
    if (!this._started || !ArrayBuffer.isView(chunk) || chunk.byteLength === 0) return this;
    let rest = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.length > 0) rest = rest.subarray(writevSync(this.#fd, [rest]));
    this._position += chunk.byteLength;
    return this;
  }

  protected override _writeFooter(schema: Schema<TypeMap>): this {
    const metadata = new Map([[MANIFEST_KEY, JSON.stringify(this.#manifest)]]);
    return super._writeFooter(new Schema(schema.fields, metadata));
  }

  /**
   * apache-arrow 21.2.0 puts the compressed length ahead of each buffer where the format wants the uncompressed one;
   * pyarrow refuses such a file.
   */
  protected override _compressBodyBuffers(
    buffers: ArrayBufferView[],
  ): ReturnType<RecordBatchFileWriter['_compressBodyBuffers']> {
    const body = super._compressBodyBuffers(buffers);
    for (const [index, buffer] of buffers.entries()) {
      const prefix = body.buffers[2 * index];
      if (prefix === undefined || prefix.byteLength === 0) continue;
      const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
      if (view.getBigInt64(0, true) !== UNCOMPRESSED) view.setBigInt64(0, BigInt(buffer.byteLength), true);
    }
    return body;
  }
}
