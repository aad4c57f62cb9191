import { AegisError, messageOf } from '../errors.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Parses a message that must be a JSON object. Throws STREAM_FAILED naming the kind of message. */
export function parseFields(kind: string, bytes: Uint8Array): Fields {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (error) {
    throw invalid(kind, `is not JSON: ${messageOf(error)}`);
  }
  if (!isFields(value)) throw invalid(kind, 'is not an object');
  return value;
}

/** A whole number from 0 on. */
export function natural(kind: string, fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(kind, `has no whole number "${name}"`);
}

export function text(kind: string, fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw invalid(kind, `has no text "${name}"`);
}

export function naturals(kind: string, fields: Fields, name: string): readonly number[] {
  const value = fields[name];
  if (Array.isArray(value) && value.every(isNatural)) return value;
  throw invalid(kind, `has no list of whole numbers "${name}"`);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One JSON object and a line end: readable with `nats sub`. */
export function encodeLine(message: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(message)}\n`, 'utf8');
}

function isNatural(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function invalid(kind: string, what: string): AegisError {
  return new AegisError('STREAM_FAILED', `a ${kind} message ${what}`);
}
