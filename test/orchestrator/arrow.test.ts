import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import type { ComponentResults } from '../../src/model/wire/finish.ts';
import { pythonWithPyarrow } from '../tape/pyarrow.ts';
import { ArrowClient, type ArrowClientOptions, type ArrowRow } from './arrow-client.ts';
import { OwnNats } from './own-nats.ts';
import { expectedStream, syntheticRows, type TestTopic } from './rows.ts';
import { Stage, type StageOptions } from './stage.ts';
import { aggTrades, klines, TypedTapes } from './typed-tapes.ts';
import { until } from './until.ts';

const BTC = 'aggTrades.BTCUSDT';
const ETH = 'aggTrades.ETHUSDT';
const KLINES = 'klines.BTCUSDT.1m';
const ALL = [KLINES, BTC, ETH];
const ROWS = 50_050;

/** Columns that an envelope has; a line's other values are in `data`. */
const ENVELOPE = ['seq', 'ts', 'topic'];

const tapesDir = mkdtempSync(join(tmpdir(), 'aegis-arrow-'));
afterAll(() => rmSync(tapesDir, { recursive: true, force: true }));

const tapes = new TypedTapes(
  tapesDir,
  [aggTrades('BTCUSDT', 30_000, 1), aggTrades('ETHUSDT', 20_000, 2)],
  [klines('BTCUSDT', 50)],
);

function newStage(options: Partial<StageOptions> = {}): Stage {
  const stage = new Stage({
    natsUrl: inject('natsUrl'),
    topics: [],
    components: [{ id: 'all', topics: ALL }],
    ...(options.topics === undefined ? { planned: tapes } : {}),
    ...options,
  });
  onTestFinished(() => stage.close());
  return stage;
}

function newClient(stage: Stage, componentId: string, options: Partial<ArrowClientOptions> = {}): ArrowClient {
  const { socketPath, sessionId } = stage;
  const client = new ArrowClient({ socketPath, sessionId, componentId, ...options });
  onTestFinished(() => client.stop());
  return client;
}

/** The rows as they must be: out of lines that were made without any code of the project. */
function expectedRows(stage: Stage, columns: readonly string[], wanted?: readonly string[], topics = tapes.topics) {
  const lines = expectedStream(stage.sessionId, topics, wanted).trimEnd().split('\n');
  return lines.map((line, seq): ArrowRow => {
    const { ts, topic, data } = JSON.parse(line);
    const values = columns.filter((name) => !ENVELOPE.includes(name)).map((name) => [name, data[name] ?? null]);
    return { seq, ts, topic, ...Object.fromEntries(values) };
  });
}

/** Compared as text: a list of 80,000 objects takes seconds to compare, and minutes to show. */
function expectRows(client: ArrowClient, expected: readonly ArrowRow[]): void {
  const place = expected.findIndex((row, index) => JSON.stringify(row) !== JSON.stringify(client.rows[index]));
  expect({ place, row: client.rows[place] }).toEqual({ place: -1, row: undefined });
  expect(client.rows).toHaveLength(expected.length);
}

let whole: ComponentResults | undefined;

/** What a run gives in which nothing is killed; its hash does not know the session. */
async function undisturbed(): Promise<ComponentResults> {
  if (whole !== undefined) return whole;
  const stage = newStage();
  await stage.startDataStream();
  newClient(stage, 'all');
  stage.startOrchestrator();
  whole = (await stage.finished()).components;
  return whole;
}

describe('a component that asks for Arrow', { timeout: 240_000 }, () => {
  it('gets its rows in the order of the whole, with the values of their lines; others get lines beside it', async () => {
    const components = [
      { id: 'all', topics: ALL },
      { id: 'same', topics: [ETH, KLINES, BTC] },
      { id: 'eth', topics: [ETH] },
      { id: 'lines', topics: [BTC, ETH] },
    ];
    const stage = newStage({ components });
    await stage.startDataStream();
    const all = newClient(stage, 'all');
    const same = newClient(stage, 'same');
    const eth = newClient(stage, 'eth');
    const lines = stage.client('lines');
    stage.startOrchestrator();
    const { components: results } = await stage.finished();
    await until('the streams have ended', () => [all, same, eth].every(({ ends }) => ends === 1));
    expect(all.columns.slice(0, 4)).toEqual([
      'seq: Int64',
      'ts: Int64',
      'topic: Dictionary<Int16, Utf8>',
      'open_time: Int64?',
    ]);
    expect(eth.columns).toEqual([
      'seq: Int64',
      'ts: Int64',
      'topic: Dictionary<Int16, Utf8>',
      'symbol: Utf8',
      'agg_trade_id: Int64',
      'price: Float64',
      'quantity: Float64',
      'first_trade_id: Int64',
      'last_trade_id: Int64',
      'transact_time: Int64',
      'is_buyer_maker: Bool',
    ]);
    for (const [client, wanted] of [
      [all, ALL],
      [same, ALL],
      [eth, [ETH]],
    ] as const) {
      const names = client.columns.map((column) => column.split(':')[0] ?? '');
      expectRows(client, expectedRows(stage, names, wanted));
      expect(Math.max(...client.batchRows)).toBeLessThanOrEqual(16_384);
    }
    const expectedLines = Buffer.from(expectedStream(stage.sessionId, tapes.topics, [BTC, ETH]));
    await until('all lines have arrived', () => lines.bytes >= expectedLines.length);
    expect(lines.text.equals(expectedLines)).toBe(true);
    expect(results.all?.rows).toBe(ROWS);
    expect(results.eth?.rows).toBe(20_000);
    // Their columns come in another order.
    expect(results.all?.hash).not.toBe(results.same?.hash);
  });

  it('is told what it gets, and the position in a line before the first byte when the run begins later', async () => {
    const stage = newStage();
    await stage.startDataStream();
    const client = newClient(stage, 'all');
    await until('it is accepted', () => client.lines.length > 0);
    stage.startOrchestrator();
    await stage.finished();
    await until('the stream has ended', () => client.ends === 1);
    const topics = ALL.map((topic) => `aegis.${stage.sessionId}.${topic}`);
    expect(client.lines).toEqual([{ status: 'ok', topics, format: 'arrow', run: 1, from: 0, given: 0 }]);
  });

  it('gets the rows of tapes without typed columns as well', async () => {
    const topics: TestTopic[] = [
      { topic: BTC, tapes: [syntheticRows(6_000, { seed: 1 })] },
      { topic: ETH, tapes: [syntheticRows(5, { seed: 3 })] },
    ];
    const stage = newStage({ topics, components: [{ id: 'all', topics: [BTC, ETH] }] });
    await stage.startDataStream();
    const client = newClient(stage, 'all');
    stage.startOrchestrator();
    await stage.finished();
    await until('the stream has ended', () => client.ends === 1);
    const names = ['agg_trade_id', 'price', 'quantity'];
    const expected = expectedRows(stage, names, undefined, topics);
    const rows = client.rows.map(({ seq, ts, topic, agg_trade_id, price, quantity }) => ({
      seq,
      ts,
      topic,
      agg_trade_id,
      price,
      quantity,
    }));
    expect(rows).toEqual(expected);
    expect(client.rows[0]).toMatchObject({ symbol: 'BTCUSDT', is_buyer_maker: false });
  });

  it('goes on where it was after cut connections, with the hash of the whole', async () => {
    const stage = newStage();
    await stage.startDataStream();
    let cuts = 0;
    const client: ArrowClient = newClient(stage, 'all', {
      onRows: (rows) => {
        if (rows < 9_000 * (cuts + 1) || cuts === 4) return;
        cuts += 1;
        client.cut();
      },
    });
    stage.startOrchestrator();
    const first = await stage.finished();
    await until('the stream has ended', () => client.ends === 1);
    expect(client.connections).toBe(5);
    expectRows(
      client,
      expectedRows(
        stage,
        client.columns.map((column) => column.split(':')[0] ?? ''),
      ),
    );
    client.cut();
    client.rows.length = 0;
    await stage.again();
    const second = await stage.finished();
    expect(second.components.all).toEqual(first.components.all);
    expect(first.components.all?.hash).toHaveLength(64);
  });

  it.each(['orchestrator', 'dataStream', 'both', 'nats'] as const)(
    'survives kill -9 of %s: every row once, and the hash of the whole',
    async (which) => {
      const nats = await OwnNats.start();
      onTestFinished(() => nats.kill());
      const stage = newStage({ natsUrl: nats.url });
      await stage.startDataStream();
      let kills = 0;
      const client: ArrowClient = newClient(stage, 'all', {
        onRows: (rows) => {
          if (rows < 12_000 * (kills + 1) || kills === 3) return;
          kills += 1;
          if (which === 'orchestrator' || which === 'both') stage.kill('orchestrator');
          if (which === 'dataStream' || which === 'both') stage.kill('dataStream');
          if (which === 'nats') void nats.kill().then(() => nats.launch());
        },
      });
      stage.startOrchestrator();
      const { components } = await stage.finished();
      await until('the stream has ended', () => client.ends === 1);
      expect(kills).toBeGreaterThan(0);
      expectRows(
        client,
        expectedRows(
          stage,
          client.columns.map((column) => column.split(':')[0] ?? ''),
        ),
      );
      expect(components).toEqual(await undisturbed());
    },
  );

  it('gets everything when it comes late to a stream of lines, and the lines go on', async () => {
    const components = [
      { id: 'late', topics: [ETH, BTC] },
      { id: 'lines', topics: [BTC] },
    ];
    const stage = newStage({ components, dataGraceMs: 300 });
    await stage.startDataStream();
    let late: ArrowClient | undefined;
    const lines = stage.client('lines', {
      onBytes: (bytes) => {
        if (bytes > 3_000_000) late ??= newClient(stage, 'late');
      },
    });
    stage.startOrchestrator();
    const { components: results } = await stage.finished();
    const expected = Buffer.from(expectedStream(stage.sessionId, tapes.topics, [BTC]));
    await until('all lines have arrived', () => lines.bytes >= expected.length);
    expect(lines.text.equals(expected)).toBe(true);
    const client = await until('it has its rows', () => (late?.ends === 1 ? late : undefined));
    expectRows(
      client,
      expectedRows(
        stage,
        client.columns.map((column) => column.split(':')[0] ?? ''),
        [ETH, BTC],
      ),
    );
    expect(results.late?.rows).toBe(50_000);
  });

  it('begins with the first row that it has not acknowledged', async () => {
    const stage = newStage();
    await stage.startDataStream();
    let cut = false;
    const client: ArrowClient = newClient(stage, 'all', {
      handshake: { from: 'next' },
      continues: false,
      onRows: (rows) => {
        if (client.connections > 1) client.ack(Number(client.rows.at(-1)?.seq ?? -1) + 1);
        if (client.connections > 1 || rows < 20_000 || cut) return;
        cut = true;
        client.ack(10_000);
        client.cut();
      },
    });
    stage.startOrchestrator();
    await stage.finished();
    await until('the stream has ended', () => client.ends === 1);
    const again = client.rows.findIndex(({ seq }, place) => seq !== place);
    expect(client.rows[again]?.seq).toBe(10_000);
    expect(client.lines.at(-1)).toMatchObject({ run: 1, from: 10_000 });
    expect(client.rows.at(-1)?.seq).toBe(ROWS - 1);
  });

  it('is refused what Arrow does not have, and another format for rows that it had as lines', async () => {
    const stage = newStage({ components: [{ id: 'all', topics: ALL }] });
    await stage.startDataStream();
    const refused = async (handshake: Record<string, unknown>): Promise<unknown> => {
      const client = newClient(stage, 'all', { handshake });
      await until('it is answered', () => client.lines.length > 0);
      client.stop();
      return client.lines[0]?.message;
    };
    expect(await refused({ format: 'parquet' })).toBe('invalid format: "ndjson" or "arrow" is expected');
    expect(await refused({ seq: true })).toBe('invalid seq: batches have the numbers of their rows always');
    expect(await refused({ notices: true })).toContain('invalid notices');
    expect(await refused({ received: 0 })).toContain('invalid received');
    const lines = stage.client('all');
    stage.startOrchestrator();
    await until('it has lines', () => lines.bytes > 0);
    expect(await refused({})).toBe('invalid format: another data connection of the component has ndjson');
    lines.stop();
    await until(
      'it is refused for what it had',
      async () => (await refused({})) === 'invalid format: the component was given rows of this run as ndjson',
    );
  });
});

const python = pythonWithPyarrow();

describe.skipIf(python === undefined)('in pyarrow (needs python3 and the package pyarrow)', () => {
  it('the stream is read as it comes, and its hash is what the function in docs/arrow.md computes', async () => {
    const doc = readFileSync(new URL('../../docs/arrow.md', import.meta.url), 'utf8');
    const [, source = ''] = /```python\n(import hashlib.*?)```/s.exec(doc) ?? [];
    expect(source).toContain('def stream_hash');
    const stage = newStage({
      components: [
        { id: 'all', topics: ALL },
        { id: 'eth', topics: [ETH] },
      ],
    });
    await stage.startDataStream();
    const program = `${source}
import json, socket, sys
import pyarrow.ipc
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall((json.dumps({"component_id": sys.argv[3], "session_token": sys.argv[2], "format": "arrow"}) + "\\n").encode())
f = s.makefile("rb")
answer = json.loads(f.readline())
table = pa.ipc.open_stream(f).read_all()
table.validate(full=True)
print(json.dumps([table.num_rows, table["seq"][-1].as_py(), stream_hash(table)]))`;
    const read = (id: string): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const child = execFile(
          python ?? '',
          ['-c', program, stage.socketPath, stage.sessionId, id],
          (error, output) => {
            if (error === null) resolve(JSON.parse(output));
            else reject(error);
          },
        );
        onTestFinished(() => void child.kill('SIGKILL'));
      });
    const tables = [read('all'), read('eth')];
    stage.startOrchestrator();
    const { components } = await stage.finished();
    expect(await tables[0]).toEqual([ROWS, ROWS - 1, components.all?.hash]);
    expect(await tables[1]).toEqual([20_000, 19_999, components.eth?.hash]);
  });
});
