const PREFIX = Buffer.from('{"stream":"');
const QUOTE = 0x22;

/** What a frame is to a connection. The rest of it is none of its business. */
export type FrameKind =
  | { readonly type: 'data'; readonly stream: string }
  | { readonly type: 'reply'; readonly id: number | undefined; readonly error: string | undefined }
  | { readonly type: 'shutdown' }
  | { readonly type: 'unknown' };

/**
 * The stream of a frame of a combined connection, from its first bytes: this is done for every frame. Undefined when the
 * name does not stand first, or is escaped: then {@link kindOfFrame} reads the whole frame.
 */
export function streamOfFrame(frame: Buffer): string | undefined {
  if (frame.length < PREFIX.length || PREFIX.compare(frame, 0, PREFIX.length) !== 0) return undefined;
  const end = frame.indexOf(QUOTE, PREFIX.length);
  if (end === -1) return undefined;
  const name = frame.toString('utf8', PREFIX.length, end);
  return name.includes('\\') ? undefined : name;
}

/** The same for whatever else comes. Never throws. */
export function kindOfFrame(frame: Buffer): FrameKind {
  const parsed = parse(frame);
  if (parsed === undefined) return { type: 'unknown' };
  const { stream, e, id, result, error, code, msg } = parsed;
  if (typeof stream === 'string') return isShutdown(stream) ? { type: 'shutdown' } : { type: 'data', stream };
  if (e === 'serverShutdown') return { type: 'shutdown' };
  if (error !== undefined) return { type: 'reply', id: numberOf(id), error: errorText(error) };
  if (code !== undefined && msg !== undefined) return { type: 'reply', id: numberOf(id), error: `${msg} (${code})` };
  if (result !== undefined) return { type: 'reply', id: numberOf(id), error: undefined };
  return { type: 'unknown' };
}

export function isShutdown(stream: string): boolean {
  return stream === '!serverShutdown';
}

function parse(frame: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(frame.toString());
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numberOf(id: unknown): number | undefined {
  return typeof id === 'number' ? id : undefined;
}

function errorText(error: unknown): string {
  if (!isRecord(error)) return String(error);
  return `${error.msg ?? 'no text'} (${error.code ?? 'no code'})`;
}
