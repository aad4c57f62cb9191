import type { SessionHandle } from '../../src/client/index.ts';
import type { FakeExchange } from '../../src/fake/fake-exchange.ts';
import { parseTopic } from '../../src/model/topic.ts';
import type { TestAegis } from '../support/aegis.ts';
import { GrowingLines } from '../support/growing-lines.ts';
import { type Attached, attach, type Declaration } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { keysOf, type Row, rowOf } from './live-truth.ts';

/** A component in a realtime session, and the exchange that both live on. */
export class LiveComponent {
  readonly #exchange: FakeExchange;
  readonly #attached: Attached;
  readonly #declared: Declaration;
  readonly #written: GrowingLines;
  /** The rows of the lines that were looked at already: a run has many, and tests look often. */
  readonly #rows: Row[] = [];

  static async attach(
    aegis: TestAegis,
    session: SessionHandle,
    exchange: FakeExchange,
    declared: Declaration & { readonly name?: string; readonly args?: readonly string[] },
  ): Promise<LiveComponent> {
    const args = ['--tell-received', ...(declared.args ?? [])];
    return new LiveComponent(exchange, await attach(aegis, session, { style: 'waits', ...declared, args }), declared);
  }

  constructor(exchange: FakeExchange, attached: Attached, declared: Declaration) {
    this.#exchange = exchange;
    this.#attached = attached;
    this.#declared = declared;
    this.#written = new GrowingLines(attached.out);
  }

  get id(): string {
    return this.#attached.id;
  }

  get lines(): string[] {
    return [...this.#written.all];
  }

  get rows(): Row[] {
    const lines = this.#written.all;
    for (const line of lines.slice(this.#rows.length)) this.#rows.push(rowOf(line));
    return [...this.#rows];
  }

  get topics(): Map<string, Row[]> {
    return Map.groupBy(this.rows, ({ topic }) => topic);
  }

  /** What the status rows say, the newest last. */
  get statuses(): Record<string, unknown>[] {
    return this.rows
      .filter(({ topic }) => parseTopic(topic).type === 'status')
      .map(({ json }): Record<string, unknown> => JSON.parse(json));
  }

  async got(more: number): Promise<void> {
    const have = this.#written.all.length;
    await until(`${more} more rows`, () => this.#written.all.length >= have + more, 120_000);
  }

  /** Every topic with ids has come as far as the exchange is at this moment. */
  async caughtUp(): Promise<void> {
    const wanted = this.#declared.symbols.flatMap((symbol) => {
      const { tradeId, aggTradeId } = this.#exchange.truth.last(symbol);
      return [
        { topic: `trades.${symbol}`, id: tradeId },
        { topic: `aggTrades.${symbol}`, id: aggTradeId },
      ].filter(({ topic }) => this.#declared.streams.includes(parseTopic(topic).type));
    });
    await until(
      'all topics have come this far',
      () => {
        const { topics } = this;
        return wanted.every(({ topic, id }) => (keysOf(topics.get(topic)?.slice(-1) ?? [])[0] ?? 0) >= id);
      },
      120_000,
    );
  }
}
