import { AegisError } from '../../../model/errors.ts';

/** Where archives come from and how long to wait for it. */
export interface VisionServer {
  readonly baseUrl: string;
  /** A connection that delivers nothing for so long is given up, ms. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

/** A failure that another try may mend. */
class Transient extends Error {
  override name = 'Transient';
}

/** The text of a small file. Throws like {@link getBytes}. */
export async function getText(server: VisionServer, source: string): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  await getBytes(server, source, (chunk) => {
    text += decoder.decode(chunk, { stream: true });
  });
  return text;
}

/**
 * Gets a file and hands over its bytes. Binance ignores Range, so that a cut download starts from the beginning.
 * Throws NOT_PUBLISHED and DOWNLOAD_FAILED where another try is of no use, any other error where it may help.
 */
export async function getBytes(
  server: VisionServer,
  source: string,
  onChunk: (chunk: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const url = visionUrl(server, source);
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(new Error(`nothing arrived for ${server.idleMs} ms`)), server.idleMs);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([server.signal, idle.signal]) });
    refuseStatus(response, url);
    const length = contentLength(response);
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      timer.refresh();
      bytes += chunk.length;
      await onChunk(chunk);
    }
    if (Number.isFinite(length) && bytes !== length) throw new Transient(`${bytes} of ${length} bytes arrived`);
  } finally {
    clearTimeout(timer);
  }
}

/** NaN when the server does not tell; with a content encoding the header means the bytes before decoding. */
function contentLength({ headers }: Response): number {
  return headers.has('content-encoding') ? Number.NaN : Number(headers.get('content-length') ?? Number.NaN);
}

function refuseStatus(response: Response, url: string): void {
  if (response.ok) return;
  void response.body?.cancel();
  if (response.status === 404)
    throw new AegisError('NOT_PUBLISHED', 'Binance has not published this archive', { where: url });
  const text = `the server answers ${response.status} ${response.statusText}`;
  if (response.status >= 500 || response.status === 429) throw new Transient(text);
  throw new AegisError('DOWNLOAD_FAILED', text, { where: url });
}

/** Symbols may be of any script: each part of the path is encoded. */
export function visionUrl({ baseUrl }: VisionServer, source: string): string {
  return `${baseUrl.replace(/\/+$/, '')}/${source.split('/').map(encodeURIComponent).join('/')}`;
}
