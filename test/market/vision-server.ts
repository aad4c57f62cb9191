import { createReadStream, existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** What the server does with a request in place of answering it; return false to let it answer. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface VisionServer {
  readonly url: string;
  /** Paths asked for so far, decoded. */
  readonly requests: string[];
}

/** A stand-in for data.binance.vision on a free port, serving a Vision folder. Closed when the test ends. */
export async function serveVision(root: string, fault: Fault = () => false): Promise<VisionServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const name = decodeURIComponent(request.url ?? '/').slice(1);
    requests.push(name);
    if (fault(request, response)) return;
    const file = path.join(root, name);
    if (!existsSync(file)) response.writeHead(404).end();
    else createReadStream(file).pipe(response);
  });
  onTestFinished(() => close(server));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { url: `http://127.0.0.1:${address.port}`, requests };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
