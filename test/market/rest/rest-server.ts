import { createServer, type IncomingHttpHeaders } from 'node:http';
import { onTestFinished } from 'vitest';

/** What the server answers; `silence`: nothing, the connection stays open; `cut`: the connection ends. */
export type RestAnswer =
  | 'silence'
  | 'cut'
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** Text is sent as it is, anything else as JSON. */
      readonly body: unknown;
    };

export interface RestQuestion {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  /** How many came before. */
  readonly before: number;
}

export interface RestServer {
  readonly url: string;
  readonly questions: readonly RestQuestion[];
}

/** A REST server of an exchange on a free port. Closed when the test ends. */
export async function serveRest(answer: (question: RestQuestion) => RestAnswer): Promise<RestServer> {
  const questions: RestQuestion[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://host');
    const query = Object.fromEntries(searchParams);
    const question = { path: pathname, query, headers: request.headers, before: questions.length };
    questions.push(question);
    const given = answer(question);
    if (given === 'silence') return;
    if (given === 'cut') {
      request.socket.destroy();
      return;
    }
    const { status = 200, headers = {}, body } = given;
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { url: `http://127.0.0.1:${address.port}`, questions };
}

/** A clock that moves when somebody sleeps. */
export class FakeClock {
  readonly slept: number[] = [];
  #now: number;

  /** Unix ms. */
  constructor(now: number) {
    this.#now = now;
  }

  readonly now = (): number => this.#now;

  readonly sleep = async (ms: number): Promise<void> => {
    this.slept.push(ms);
    this.#now += ms;
  };
}
