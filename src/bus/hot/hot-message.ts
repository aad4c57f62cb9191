import { decodeLogPosition, LOG_HEADER, type LogPosition } from '../../model/wire/live-log.ts';
import { EPOCH_HEADER } from '../../model/wire/subjects.ts';
import type { BusMessage } from '../bus.ts';
import { headerValue } from './header.ts';
import type { Incoming } from './parser.ts';

/** A message of the hot connection: its header is read when somebody asks for it. */
export class HotMessage implements BusMessage {
  readonly #message: Incoming;
  readonly #publish: (subject: string, payload: Uint8Array) => void;
  #released = false;

  constructor(message: Incoming, publish: (subject: string, payload: Uint8Array) => void) {
    this.#message = message;
    this.#publish = publish;
  }

  get subject(): string {
    return this.#message.subject;
  }

  get payload(): Uint8Array {
    return this.#message.payload;
  }

  get epoch(): number | undefined {
    const text = this.#header(EPOCH_HEADER);
    if (text === undefined || text === '') return undefined;
    const epoch = Number(text);
    return Number.isSafeInteger(epoch) ? epoch : undefined;
  }

  get at(): LogPosition | undefined {
    const text = this.#header(LOG_HEADER);
    if (text === undefined || text === '') return undefined;
    try {
      return decodeLogPosition(text);
    } catch {
      // Anybody may publish on a session's subjects; a message without a position is nobody's row.
      return undefined;
    }
  }

  respond(payload: Uint8Array): void {
    const { reply } = this.#message;
    if (reply !== undefined) this.#publish(reply, payload);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#message.memory.release();
  }

  #header(name: string): string | undefined {
    const { header } = this.#message;
    return header === undefined ? undefined : headerValue(header, name);
  }
}
