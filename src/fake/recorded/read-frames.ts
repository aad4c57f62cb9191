import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** A line of a recording. */
export interface RecordedLine {
  /** Unix µs, by the clock of the recorder. */
  readonly receivedUs: number;
  /** `btcusdt@trade`; undefined: an answer of REST, in practice a snapshot of the order book. */
  readonly stream: string | undefined;
  /** The JSON text of the frame, without the wrapper of combined streams. */
  readonly payload: string;
}

const GZIP_MAGIC = 0x1f8b;
const LINE = /^(\d{19}) (\{.*\})$/;
const COMBINED = /^\{"stream":"([^"]+)","data":(.*)\}$/;

/**
 * Reads recorded frames: a line `<receive time in ns> <JSON>` each, gzipped or not; several files become one, in the order
 * of their receive times. Throws RangeError with file and line for a line of another form.
 */
export async function readFrames(files: readonly string[]): Promise<RecordedLine[]> {
  const lines: RecordedLine[] = [];
  for (const file of files) {
    const text = await textOf(file);
    for (const [index, line] of text.split('\n').entries()) {
      if (line !== '') lines.push(parseLine(line, `${file}:${index + 1}`));
    }
  }
  return lines.sort((a, b) => a.receivedUs - b.receivedUs);
}

async function textOf(file: string): Promise<string> {
  const bytes = await readFile(file);
  const zipped = bytes.length > 2 && bytes.readUInt16BE(0) === GZIP_MAGIC;
  return (zipped ? await promisify(gunzip)(bytes) : bytes).toString();
}

function parseLine(line: string, where: string): RecordedLine {
  const [, ns, json] = LINE.exec(line) ?? [];
  if (ns === undefined || json === undefined) throw new RangeError(`${where} is no line of a recording`);
  const receivedUs = Number(ns.slice(0, -3));
  const [, stream, payload] = COMBINED.exec(json) ?? [];
  return { receivedUs, stream, payload: payload ?? json };
}
