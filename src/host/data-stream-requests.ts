import type { DataStreamStatus } from '../gateway/data/events.ts';
import { AegisError } from '../model/errors.ts';
import type { DataStreamCommand, DataStreamMessage, StreamBorder } from '../model/wire/data-stream-process.ts';
import type { Child } from './child.ts';

type Answer = Extract<DataStreamMessage<DataStreamStatus>, { readonly request: number }>;
type Request = Exclude<DataStreamCommand, { type: 'init' }>;
/** A command without its number. */
export type Ask = Request extends infer R ? (R extends Request ? Omit<R, 'request'> : never) : never;

/** Numbers the commands to a data stream server and finds the answer to each. */
export class DataStreamRequests {
  readonly #child: Child<DataStreamCommand, DataStreamMessage<DataStreamStatus>>;
  readonly #open = new Map<number, PromiseWithResolvers<Answer>>();
  #last = 0;

  constructor(child: Child<DataStreamCommand, DataStreamMessage<DataStreamStatus>>) {
    this.#child = child;
    child.listen((message) => {
      if ('request' in message) this.#open.get(message.request)?.resolve(message);
    });
    void child.exited.then((how) => {
      const error = new AegisError('PROCESS_LOST', `the data stream server ended: ${how}`);
      for (const waiting of this.#open.values()) waiting.reject(error);
    });
  }

  async send(command: Ask): Promise<void> {
    await this.#ask(command);
  }

  async freeze(run: number): Promise<StreamBorder> {
    const answer = await this.#ask({ type: 'freeze', run });
    if (answer.type !== 'frozen') throw unexpected('a border', answer.type);
    return answer.border;
  }

  async status(): Promise<DataStreamStatus> {
    const answer = await this.#ask({ type: 'status' });
    if (answer.type !== 'status') throw unexpected('a status', answer.type);
    return answer.status;
  }

  async #ask(command: Ask): Promise<Answer> {
    const request = ++this.#last;
    const waiting = Promise.withResolvers<Answer>();
    this.#open.set(request, waiting);
    this.#child.send({ ...command, request });
    try {
      const answer = await waiting.promise;
      if (answer.type === 'refused') throw AegisError.fromData(answer.error);
      return answer;
    } finally {
      this.#open.delete(request);
    }
  }
}

function unexpected(asked: string, answer: string): AegisError {
  return new AegisError('INTERNAL', `${asked} was asked for, the answer is ${answer}`);
}
