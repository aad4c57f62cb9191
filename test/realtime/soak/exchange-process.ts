import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Misbehaviour } from '../../../src/fake/faults/misbehaviour.ts';
import { until } from '../../support/until.ts';
import type { Answer, Ask, ExchangeState, TrueRow } from './exchange-messages.ts';

interface Reply {
  readonly id: number;
  readonly answer?: Answer;
  readonly error?: string;
}

/** A fake exchange in a process of its own: what checks the rows does not take its time. */
export class ExchangeProcess {
  readonly url: string;
  readonly #channel: Channel;

  static async start(options: Omit<Extract<Ask, { type: 'start' }>, 'type'>): Promise<ExchangeProcess> {
    const channel = new Channel();
    const answer = await channel.ask({ type: 'start', ...options });
    if (answer.type !== 'started') throw new Error(`not the answer to start: ${answer.type}`);
    return new ExchangeProcess(channel, answer.url);
  }

  private constructor(channel: Channel, url: string) {
    this.#channel = channel;
    this.url = url;
  }

  /** Tells it over HTTP, as anybody could; a server that is away is told when it is back. */
  async misbehave(misbehaviour: Misbehaviour): Promise<void> {
    await this.#present();
    const told = this.#post('misbehave', misbehaviour);
    // It cuts this connection as well.
    await (misbehaviour.kind === 'away' ? told.catch(() => {}) : told);
  }

  async heal(): Promise<void> {
    await this.#present();
    await this.#post('heal', {});
  }

  async state(): Promise<ExchangeState> {
    const answer = await this.#channel.ask({ type: 'state' });
    if (answer.type !== 'state') throw new Error(`not the answer to state: ${answer.type}`);
    return answer;
  }

  /** What really happened from one key to another, both included. */
  async rows(topic: string, from: number, to: number): Promise<readonly TrueRow[]> {
    const answer = await this.#channel.ask({ type: 'rows', topic, from, to });
    if (answer.type !== 'rows') throw new Error(`not the answer to rows: ${answer.type}`);
    return answer.rows;
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  async #present(): Promise<void> {
    const ask = () => fetch(`${this.url}/__fake/`).then((response) => response.arrayBuffer());
    await until('the exchange answers', () => ask().catch(() => undefined));
  }

  async #post(path: string, body: object): Promise<unknown> {
    const response = await fetch(`${this.url}/__fake/${path}`, { method: 'POST', body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} ${JSON.stringify(body)}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}

class Channel {
  readonly #child: ChildProcess;
  readonly #open = new Map<number, PromiseWithResolvers<Answer>>();
  #count = 0;

  constructor() {
    this.#child = fork(join(import.meta.dirname, 'programs/exchange.ts'));
    this.#child.on('message', ({ id, answer, error }: Reply) => {
      const asked = this.#open.get(id);
      this.#open.delete(id);
      if (answer !== undefined) asked?.resolve(answer);
      else asked?.reject(new Error(error));
    });
    this.#child.once('exit', (code) => {
      for (const { reject } of this.#open.values()) reject(new Error(`the fake exchange has ended with ${code}`));
    });
  }

  ask(ask: Ask): Promise<Answer> {
    const asked = Promise.withResolvers<Answer>();
    this.#count += 1;
    this.#open.set(this.#count, asked);
    this.#child.send({ id: this.#count, ask });
    return asked.promise;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
