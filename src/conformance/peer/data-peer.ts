import type { Socket } from 'node:net';
import { acceptance, type Handshake, readHandshake, refusal } from '../../gateway/data/handshake.ts';
import { isGone } from '../../gateway/data/socket-write.ts';
import { fullTopic } from '../../model/topic.ts';
import { isFields } from '../../model/wire/fields.ts';
import type { Recorder } from '../recorder.ts';
import type { Given } from '../transcript.ts';
import { DataConnection, type RowManner } from './data-connection.ts';
import { StreamPosition } from './stream-position.ts';

export interface DataPeerOptions {
  readonly given: Given;
  readonly topics: () => readonly string[];
  /** Rows have fields that no version has yet. */
  readonly unknownFields: boolean;
  /** So many handshakes are refused, each with the end of its connection. */
  readonly refusals: number;
  readonly handshakeMs: number;
  readonly recorder: Recorder;
}

export interface WriteOptions {
  /** Default `one-write`. */
  readonly manner?: RowManner;
  /** Limit for the rows to be taken. */
  readonly ms: number;
}

const UNLIMITED = { grow: () => true } as const;
const MAX_LINE_SHOWN = 500;

/** The data socket of the session: handshakes, and the component's stream of invented rows. */
export class DataPeer {
  readonly #options: DataPeerOptions;
  readonly #position = new StreamPosition();
  readonly #sockets = new Set<Socket>();
  readonly #closedByCheck = new WeakSet<Socket>();
  #connections = 0;
  #refusals: number;
  #newest: DataConnection | undefined;

  constructor(options: DataPeerOptions) {
    this.#options = options;
    this.#refusals = options.refusals;
  }

  /** A connection takes rows. */
  get connected(): boolean {
    return this.#newest?.open === true;
  }

  accept(socket: Socket): void {
    this.#connections += 1;
    const number = this.#connections;
    const { recorder, handshakeMs } = this.#options;
    this.#sockets.add(socket);
    recorder.record({ kind: 'opened', socket: 'data', connection: number });
    socket.on('error', () => {});
    // A component may shut down its sending side after the handshake: only a write tells whether it is gone.
    socket.once('end', () => {
      if (isGone(socket)) socket.destroy();
    });
    socket.once('close', () => {
      this.#sockets.delete(socket);
      const by = this.#closedByCheck.has(socket) ? 'check' : 'component';
      recorder.record({ kind: 'closed', socket: 'data', connection: number, by });
    });
    let input = '';
    const tap = (chunk: Buffer): void => {
      input += chunk.toString('utf8');
    };
    socket.on('data', tap);
    const done = (read: Handshake | string, rest: Buffer): void => {
      socket.off('data', tap);
      this.#greeted({ socket, number, read, rest, line: input.slice(0, input.indexOf('\n')) });
    };
    readHandshake({ socket, timeoutMs: handshakeMs, budget: UNLIMITED, done });
  }

  /** Writes rows to the newest connection. False when there is none or they were not taken. */
  async write(count: number, { manner = 'one-write', ms }: WriteOptions): Promise<boolean> {
    return (await this.#newest?.write(count, manner, ms)) === true;
  }

  /** Closes the connections in the middle of a row. */
  async tear(): Promise<void> {
    await this.#newest?.writeHalf();
    this.close();
  }

  /** What comes before REBORN: connections are closed, and the rows of the new run are counted from 0. */
  beginRun(): void {
    this.close();
    this.#position.reborn();
  }

  close(): void {
    this.#newest = undefined;
    for (const socket of this.#sockets) this.#close(socket);
  }

  #greeted(input: {
    readonly socket: Socket;
    readonly number: number;
    readonly read: Handshake | string;
    readonly rest: Buffer;
    readonly line: string;
  }): void {
    const { socket, number, read, rest, line } = input;
    const { recorder } = this.#options;
    const { written, run } = this.#position;
    const problem = this.#problemOf(read);
    const handshake = typeof read === 'string' ? undefined : read;
    const shown = line.slice(0, MAX_LINE_SHOWN);
    recorder.record({ kind: 'handshake', connection: number, line: shown, handshake, problem, written, run });
    if (problem !== undefined || handshake === undefined || this.#refusals > 0) {
      this.#refusals -= 1;
      this.#say(socket, number, refusal(problem ?? 'unknown component_id'));
      this.#close(socket);
      return;
    }
    this.#accepted({ socket, number, handshake, rest });
  }

  #accepted(input: {
    readonly socket: Socket;
    readonly number: number;
    readonly handshake: Handshake;
    readonly rest: Buffer;
  }): void {
    const { socket, number, handshake, rest } = input;
    const { recorder, given, topics, unknownFields } = this.#options;
    const { seq, claim } = handshake;
    const before = this.#position.written.rows;
    this.#position.begin(claim);
    const position = { run: this.#position.run, from: this.#position.next, given: before };
    const full = topics().map((topic) => fullTopic(given.sessionId, topic));
    const rows = { sessionId: given.sessionId, topics: topics(), unknownFields };
    this.#say(socket, number, acceptance(full, seq || claim.from !== undefined ? position : undefined));
    this.#newest = new DataConnection({ socket, number, handshake, position: this.#position, rows, recorder });
    this.#newest.read(rest);
  }

  /** What Aegis would refuse the handshake with. */
  #problemOf(read: Handshake | string): string | undefined {
    if (typeof read === 'string') return read;
    const { given, topics } = this.#options;
    if (read.sessionToken !== given.sessionId) return 'invalid session_token';
    if (read.componentId !== given.assignedId) return 'unknown component_id';
    return topics().length === 0 ? 'no topics for component' : undefined;
  }

  #say(socket: Socket, connection: number, answer: Buffer): void {
    socket.write(answer);
    const said: unknown = JSON.parse(answer.toString('utf8'));
    this.#options.recorder.record({ kind: 'answered', connection, answer: isFields(said) ? said : {} });
  }

  #close(socket: Socket): void {
    this.#closedByCheck.add(socket);
    socket.destroySoon();
  }
}
