import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { expectedStream, syntheticRows, type TestTopic } from '../orchestrator/rows.ts';
import { Stage } from '../orchestrator/stage.ts';
import { until } from '../orchestrator/until.ts';

const BTC = 'aggTrades.BTCUSDT';
const ROWS = 1_000;
const TOPICS: readonly TestTopic[] = [{ topic: BTC, tapes: [syntheticRows(ROWS)] }];

interface Line {
  readonly status?: string;
  readonly message?: string;
  readonly run?: number;
  readonly from?: number;
  readonly given?: number;
  readonly seq?: number;
}

const STATEMENT = '{"status":"ok"';

/** A component as somebody writes it who has only read the protocol: a socket and lines. */
class Plain {
  readonly socket: Socket;
  #text = '';

  constructor(stage: Stage, fields: object, id = 'one') {
    this.socket = connect(stage.socketPath);
    this.socket.on('error', () => undefined);
    this.socket.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text;
    });
    this.socket.write(`${JSON.stringify({ component_id: id, session_token: stage.sessionId, ...fields })}\n`);
    onTestFinished(() => {
      this.socket.destroy();
    });
  }

  /** Whole lines, the answer first; without statements. */
  get lines(): string[] {
    return this.#all.filter((line, place) => place === 0 || !line.startsWith(STATEMENT));
  }

  /** What it was told of its position after the answer. */
  get statements(): Line[] {
    return this.#all.filter((line, place) => place > 0 && line.startsWith(STATEMENT)).map((line) => JSON.parse(line));
  }

  get #all(): string[] {
    return this.#text.split('\n').slice(0, -1);
  }

  get parsed(): Line[] {
    return this.lines.map((line): Line => JSON.parse(line));
  }

  /** Rows without their answer. */
  get rows(): Line[] {
    return this.parsed.slice(1);
  }

  /** Everything it was sent, when the server has closed the connection. */
  async closed(): Promise<Line[]> {
    // Not `once` of events: a write that fails because the server has closed is no failure here.
    if (!this.socket.closed) await new Promise((resolve) => this.socket.once('close', resolve));
    return this.parsed;
  }
}

async function stageOf(ids: readonly string[] = ['one']): Promise<Stage> {
  const components = ids.map((id) => ({ id, topics: [BTC] }));
  const stage = new Stage({ natsUrl: inject('natsUrl'), topics: TOPICS, components });
  onTestFinished(() => stage.close());
  await stage.startDataStream();
  return stage;
}

/** The stream stands still with all rows sent and none acknowledged beyond `acked`: the run waits for the rest. */
async function sentAll(client: Plain, rows = ROWS): Promise<void> {
  await until(`${rows} rows have come`, () => client.rows.length >= rows);
}

describe('a handshake that asks for a position', () => {
  it.each<[string, object, RegExp]>([
    ['an unknown word in from', { from: 'yesterday' }, /^invalid from: "start", "next" or the number/],
    ['a negative from', { from: -1 }, /^invalid from/],
    ['a fraction in from', { from: 1.5 }, /^invalid from/],
    ['a number as text', { from: '7' }, /^invalid from/],
    ['a list in from', { from: [1] }, /^invalid from/],
    ['a number beyond what is exact', { from: 2 ** 53 }, /^invalid from/],
    ['seq as a number', { seq: 1 }, /^invalid seq: true or false/],
    ['a run as text', { from: 1, run: 'first' }, /^invalid run/],
    ['received together with seq', { seq: true, received: 5 }, /^invalid received: it cannot be combined/],
    ['received together with from', { from: 'next', received: 5 }, /^invalid received/],
  ])('is refused by name for %s, and the component can come again', async (_, fields, message) => {
    const stage = await stageOf();
    const [answer] = await new Plain(stage, fields).closed();
    expect(answer?.status).toBe('error');
    expect(answer?.message).toMatch(message);
    const again = new Plain(stage, { seq: true });
    stage.startOrchestrator();
    await stage.finished();
    await sentAll(again);
  });

  it('gets its rows numbered without a gap, beside one that does not ask and sees no difference', async () => {
    const stage = await stageOf(['one', 'old']);
    const numbered = new Plain(stage, { seq: true });
    const old = new Plain(stage, {}, 'old');
    stage.startOrchestrator();
    const { components } = await stage.finished();
    await Promise.all([sentAll(numbered), sentAll(old)]);
    const expected = expectedStream(stage.sessionId, TOPICS);
    const [answer = '', ...rows] = old.lines;
    expect(`${rows.join('\n')}\n`).toBe(expected);
    expect(answer).toHaveLength(4095);
    expect(JSON.parse(answer)).toEqual({ status: 'ok', topics: [`aegis.${stage.sessionId}.${BTC}`] });
    expect(numbered.rows.map(({ seq }) => seq)).toEqual(Array.from({ length: ROWS }, (_, seq) => seq));
    const place = /"ts":\d+,"seq":\d+,"data":\{/;
    expect(numbered.lines.slice(1).every((line) => place.test(line))).toBe(true);
    const without = numbered.lines.slice(1).map((line) => line.replace(/,"seq":\d+/, ''));
    expect(without).toEqual(rows);
    expect(components.one).toEqual(components.old);
  });

  it('begins at the row it names, on its first connection and on later ones, and has no hash for what it left out', async () => {
    const stage = await stageOf(['one', 'two']);
    const first = new Plain(stage, { seq: true, from: 400 });
    const whole = new Plain(stage, { seq: true }, 'two');
    stage.startOrchestrator();
    const { components } = await stage.finished();
    await Promise.all([sentAll(first, ROWS - 400), sentAll(whole)]);
    expect(first.rows.map(({ seq }) => seq)).toEqual(Array.from({ length: ROWS - 400 }, (_, n) => 400 + n));
    expect(components.one?.hash).toBeUndefined();
    expect(components.two?.hash).toBeDefined();
  });

  it('is refused when the row is beyond the end of the stream, also when the end is seen only later', async () => {
    const stage = await stageOf();
    const far = new Plain(stage, { seq: true, from: ROWS + 1 });
    stage.startOrchestrator();
    const [, ...rows] = await far.closed();
    expect(rows).toEqual([]);
    const { components } = await stage.finished();
    expect(components.one?.hash).toBeUndefined();
    const [answer] = await new Plain(stage, { seq: true, from: ROWS + 1 }).closed();
    expect(answer?.message).toBe(
      `invalid from: row ${ROWS + 1} is beyond the end of the stream, which has ${ROWS} rows`,
    );
    const [ended] = await new Plain(stage, { seq: true, from: 'start' }).closed();
    expect(ended?.message).toBe('invalid from: run 1 has ended and cannot be replayed');
  });

  it('is told where it begins and what was written before: in the answer, or in a line when the run begins later', async () => {
    const stage = await stageOf(['one', 'old']);
    await stage.ask({ type: 'closeDataConnections' });
    const early = new Plain(stage, { seq: true });
    const old = new Plain(stage, {}, 'old');
    await until('both are connected', () => early.lines.length === 1 && old.lines.length === 1);
    expect(early.parsed[0]?.run).toBeUndefined();
    await stage.beginRun(1);
    early.socket.write('{"ack":0}\n');
    stage.startOrchestrator();
    await sentAll(early);
    expect(early.statements).toEqual([{ status: 'ok', run: 1, from: 0, given: 0 }]);
    early.socket.destroy();
    const again = new Plain(stage, { seq: true, from: 'start' });
    await sentAll(again);
    expect(again.parsed[0]).toMatchObject({ status: 'ok', run: 1, from: 0, given: ROWS });
    again.socket.destroy();
    const third = new Plain(stage, { seq: true, from: 900 });
    await sentAll(third, 100);
    expect(third.parsed[0]).toMatchObject({ run: 1, from: 900, given: ROWS });
    expect([...again.statements, ...third.statements, ...old.statements]).toEqual([]);
  });

  it('has no row of this run when it names another one', async () => {
    const stage = await stageOf();
    const first = new Plain(stage, { seq: true });
    first.socket.write('{"ack":0}\n');
    stage.startOrchestrator();
    await sentAll(first);
    first.socket.destroy();
    const second = new Plain(stage, { seq: true, from: 700, run: 7 });
    await sentAll(second);
    expect(second.parsed[0]).toMatchObject({ run: 1, from: 0, given: ROWS });
  });

  it('is of one run: what it knows of an earlier one does not count', async () => {
    const stage = await stageOf();
    const first = new Plain(stage, { seq: true });
    stage.startOrchestrator();
    await stage.finished();
    await sentAll(first);
    await stage.ask({ type: 'closeDataConnections' });
    await first.closed();
    const second = new Plain(stage, { seq: true, from: ROWS });
    await until('it is connected', () => second.lines.length === 1);
    await stage.again();
    await stage.finished();
    await sentAll(second);
    expect(second.rows[0]?.seq).toBe(0);
    await stage.ask({ type: 'closeDataConnections' });
    const third = new Plain(stage, { seq: true, from: 700, run: 2 });
    await until('it is connected', () => third.lines.length === 1);
    const fourth = new Plain(stage, { seq: true, from: 700, run: 3 });
    await until('it is connected as well', () => fourth.lines.length === 1);
    await stage.again();
    await Promise.all([sentAll(third), sentAll(fourth, 300)]);
    expect([third.rows[0]?.seq, fourth.rows[0]?.seq]).toEqual([0, 700]);
  });
});

describe('acknowledgements', () => {
  it('keep a run open for the rows that are not acknowledged, and say where the next process begins', async () => {
    const stage = await stageOf();
    const first = new Plain(stage, { seq: true, from: 'next' });
    first.socket.write('{"ack":0}\n');
    stage.startOrchestrator();
    await sentAll(first);
    // In two pieces, one of them with a line end in the middle; the highest counts.
    first.socket.write('{"ack":10}\n{"ac');
    first.socket.write('k":640}\n\n');
    await until('it is noted', async () => (await stage.status()).components[0]?.acked === 640);
    first.socket.destroy();
    const second = new Plain(stage, { seq: true, from: 'next' });
    await sentAll(second, ROWS - 640);
    expect(second.parsed[0]).toMatchObject({ status: 'ok', run: 1, from: 640 });
    expect(second.rows[0]?.seq).toBe(640);
    expect((await stage.status()).finished).toBe(false);
    second.socket.write(`{"ack":${ROWS}}\n`);
    const { components } = await stage.finished();
    expect(components.one).toMatchObject({ rows: ROWS });
    expect(components.one?.hash).toBeDefined();
  });

  it('count also when they come in one write with the handshake of a connection that goes on', async () => {
    const stage = await stageOf();
    const first = new Plain(stage, { seq: true });
    first.socket.write('{"ack":0}\n');
    stage.startOrchestrator();
    await sentAll(first);
    first.socket.destroy();
    const second = new Plain(stage, { seq: true, from: 900 });
    second.socket.write('{"ack":900}\n');
    await until('it is noted', async () => (await stage.status()).components[0]?.acked === 900);
  });

  it('of rows that the server does not know to have sent count when it sends them', async () => {
    const stage = await stageOf();
    const first = new Plain(stage, { seq: true });
    first.socket.write('{"ack":0}\n{"ack":500}\n');
    await until('nothing was sent', async () => (await stage.status()).components[0]?.acked === 0);
    stage.startOrchestrator();
    await sentAll(first);
    expect((await stage.status()).components[0]?.acked).toBe(500);
    first.socket.write('{"ack":600}\n');
    await until('it is noted', async () => (await stage.status()).components[0]?.acked === 600);
    first.socket.destroy();
    const second = new Plain(stage, { seq: true, from: 'start' });
    await until('it is connected', () => second.lines.length === 1);
    second.socket.write('{"ack":700}\n');
    await until('it is noted', async () => (await stage.status()).components[0]?.acked === 700);
    await sentAll(second);
  });

  it.each([
    [
      'of a row beyond the end',
      '{"ack":1001}\n',
      'invalid ack: 1001 is beyond the end of the stream, which has 1000 rows',
    ],
    ['that is negative', '{"ack":-1}\n', 'invalid ack: the number of a row is expected, from 0 on'],
    ['that is text', '{"ack":"5"}\n', 'invalid ack: the number of a row is expected, from 0 on'],
    ['that is another object', '{"nack":5}\n', 'invalid ack: the number of a row is expected, from 0 on'],
    ['that is no JSON', 'thanks\n', 'invalid line: an acknowledgement {"ack":<seq>} is expected'],
    ['of megabytes without a line end', 'x'.repeat(3_000_000), 'invalid line: longer than 1024 bytes'],
  ])('%s end the connection with a last line that says so', async (_, input, message) => {
    const stage = await stageOf();
    const client = new Plain(stage, { seq: true });
    stage.startOrchestrator();
    await sentAll(client);
    client.socket.write(input);
    const last = (await client.closed()).at(-1);
    expect(last).toEqual({ status: 'error', message });
  });

  it.each(['thanks\n', 'x'.repeat(3_000_000), '\0\xff\n\n{"ack":"x"}\n'])(
    'are not asked of a component that asks for nothing: it may write what it likes',
    async (input) => {
      const stage = await stageOf();
      const client = new Plain(stage, {});
      client.socket.write(input);
      stage.startOrchestrator();
      await stage.finished();
      await sentAll(client);
      expect(client.socket.closed).toBe(false);
      expect(existsSync(stage.socketPath)).toBe(true);
    },
  );
});
