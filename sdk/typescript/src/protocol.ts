import { randomUUID } from 'node:crypto';
import type { Settings } from './settings.ts';

/** Messages of the control socket. Pure: neither sockets nor threads. See docs/component-protocol.md of Aegis. */

/** What a component declares. The topics follow: each stream, for each symbol, for each timeframe or speed. */
export interface Needs {
  readonly streams: readonly string[];
  readonly symbols: readonly string[];
  readonly timeframes: readonly string[];
  readonly orderBookSpeeds: readonly string[];
  /** It takes a CONFIGURE while it runs. */
  readonly reconfigurable: boolean;
}

export type Fields = Readonly<Record<string, unknown>>;

/** A message of Aegis. */
export interface Message {
  readonly id: string;
  readonly answers: string | undefined;
  readonly command: string;
  readonly payload: Fields;
}

/** What CONFIGURE gives. */
export interface Configuration {
  readonly dataSocket: string;
  readonly topics: readonly string[];
  readonly config: Fields;
}

/** Characters of a text in a message; a line of Aegis may have 64 KiB. */
const MAX_TEXT = 8_000;

/** @throws Error when the line is no message */
export function parseMessage(line: string): Message {
  const fields: unknown = JSON.parse(line);
  if (!isFields(fields) || !isFields(fields.payload)) throw new Error('a line of Aegis is no message');
  const { message_id: id, correlation_id: answers, command, payload } = fields;
  return {
    id: textOf(id),
    answers: typeof answers === 'string' ? answers : undefined,
    command: textOf(command),
    payload,
  };
}

export function parseConfiguration({ data_stream_socket: dataSocket, topics, config }: Fields): Configuration {
  return {
    dataSocket: textOf(dataSocket),
    topics: Array.isArray(topics) ? topics.map(textOf) : [],
    config: isFields(config) ? config : {},
  };
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

interface RegisterOptions {
  readonly settings: Settings;
  readonly componentId: string;
  readonly version: string;
  readonly needs: Needs;
}

interface Outgoing {
  readonly type: string;
  readonly command: string;
  readonly payload: object;
  readonly answers?: string;
  readonly id?: string;
}

/** Makes the lines that a component sends. */
export class Envelopes {
  readonly #source: string;

  constructor(name: string) {
    this.#source = `component:${name}`;
  }

  register({ settings, componentId, version, needs }: RegisterOptions): string {
    const payload = {
      session_token: settings.token,
      component_id: componentId,
      component_name: settings.name,
      version,
      capabilities: {
        requires_streams: needs.streams,
        supported_symbols: needs.symbols,
        supported_timeframes: needs.timeframes,
        supported_orderbook_speeds: needs.orderBookSpeeds,
        reconfigurable: needs.reconfigurable,
      },
    };
    return this.#line({ type: 'LIFECYCLE', command: 'REGISTER', payload });
  }

  state(state: string, message = '', id: string = randomUUID()): string {
    const payload = message === '' ? { state } : { state, message: clip(message) };
    return this.#line({ type: 'LIFECYCLE', command: 'STATE_UPDATE', payload, id });
  }

  ack(answers: string): string {
    return this.#line({ type: 'CONTROL', command: 'ACK', payload: { status: 'ok' }, answers });
  }

  pong(answers: string, state: string, uptimeSeconds: number): string {
    const payload = { state, uptime_seconds: uptimeSeconds };
    return this.#line({ type: 'HEARTBEAT', command: 'PONG', payload, answers });
  }

  error(code: string, message: string, recoverable: boolean): string {
    const payload = { code, message: clip(message), recoverable };
    return this.#line({ type: 'ERROR', command: 'RUNTIME_ERROR', payload });
  }

  shutdown(): string {
    return this.#line({ type: 'LIFECYCLE', command: 'SHUTDOWN', payload: {} });
  }

  #line({ type, command, payload, answers, id = randomUUID() }: Outgoing): string {
    const envelope = {
      protocol_version: '0.1.0',
      message_id: id,
      correlation_id: answers ?? null,
      timestamp: new Date().toISOString(),
      source: this.#source,
      target: 'aegis',
      type,
      command,
      payload,
    };
    return `${JSON.stringify(envelope)}\n`;
  }
}

function clip(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}
