import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { connectBus } from '../../src/bus/nats-bus.ts';
import { sessionSubjects } from '../../src/model/wire/subjects.ts';
import { streamHash } from '../orchestrator/data-client.ts';
import { expectedStream, syntheticRows, type TestTopic } from '../orchestrator/rows.ts';
import { Stage } from '../orchestrator/stage.ts';
import { until } from '../orchestrator/until.ts';

const BTC = 'aggTrades.BTCUSDT';
/** About 10 MB. */
const TOPICS: readonly TestTopic[] = [{ topic: BTC, tapes: [syntheticRows(50_000)] }];

async function stageOf(ids: readonly string[]): Promise<Stage> {
  const components = ids.map((id) => ({ id, topics: [BTC] }));
  const stage = new Stage({ natsUrl: inject('natsUrl'), topics: TOPICS, components, dataReconnectMs: 1_000 });
  onTestFinished(() => stage.close());
  await stage.startDataStream();
  return stage;
}

function open(stage: Stage, text: string): Socket {
  const socket = connect(stage.socketPath);
  onTestFinished(() => {
    socket.destroy();
  });
  socket.on('error', () => undefined);
  if (text !== '') socket.write(text);
  return socket;
}

/** Connected, or turned away. */
function settled(socket: Socket): Promise<void> | undefined {
  if (!socket.connecting) return undefined;
  return new Promise((resolve) => {
    socket.once('connect', () => resolve());
    socket.once('close', () => resolve());
  });
}

function handshakeOf(stage: Stage, id: string, fields: object = {}): string {
  return `${JSON.stringify({ component_id: id, session_token: stage.sessionId, ...fields })}\n`;
}

/** The owner's stream is whole to the byte. */
async function expectWhole(stage: Stage, client: ReturnType<Stage['client']>, id: string): Promise<void> {
  const { components } = await stage.finished();
  const expected = Buffer.from(expectedStream(stage.sessionId, TOPICS));
  await until('all bytes have arrived', () => client.bytes >= expected.length);
  expect(client.text.equals(expected)).toBe(true);
  expect(components[id]?.hash).toBe(streamHash(expected));
}

describe('a hostile peer of the data socket harms nobody else', { timeout: 240_000 }, () => {
  it('with a thousand connections that say nothing', async () => {
    const stage = await stageOf(['owner']);
    const sockets: Socket[] = [];
    for (let batch = 0; batch < 10; batch++) {
      const opened = Array.from({ length: 100 }, () => open(stage, ''));
      sockets.push(...opened);
      await Promise.all(opened.map(settled));
    }
    await until('most of them are closed again', () => sockets.filter(({ closed }) => !closed).length <= 128);
    const client = stage.client('owner');
    stage.startOrchestrator();
    await expectWhole(stage, client, 'owner');
  });

  it('with a thousand connections in the name of a component: the seventeenth is refused', async () => {
    const stage = await stageOf(['owner', 'many']);
    const client = stage.client('owner');
    await until('the owner is there', () => client.connections === 1);
    const sockets: Socket[] = [];
    for (let count = 0; count < 1_000; count += 50) {
      const opened = Array.from({ length: 50 }, () => open(stage, handshakeOf(stage, 'many')));
      sockets.push(...opened);
      for (const socket of opened) socket.resume();
      await Promise.all(opened.map(settled));
    }
    await until('all but 16 are closed', () => sockets.filter(({ closed }) => !closed).length === 16);
    stage.startOrchestrator();
    await expectWhole(stage, client, 'owner');
  });

  it('with megabytes before a handshake over many connections, or half a handshake and death', async () => {
    const stage = await stageOf(['owner']);
    const client = stage.client('owner');
    await until('the owner is there', () => client.connections === 1);
    const half = open(stage, '{"component_id":"ow');
    await once(half, 'connect');
    half.destroy();
    const sockets = Array.from({ length: 100 }, () => open(stage, 'x'.repeat(900_000)));
    await until(
      'they are closed for what they hold together',
      () => sockets.filter(({ closed }) => closed).length > 80,
    );
    stage.startOrchestrator();
    await expectWhole(stage, client, 'owner');
  });

  it.each([
    ['never reads', undefined],
    ['reads a byte per second', 1_000],
  ])('that %s: the clock waits for it by name until it is gone', async (_, everyMs) => {
    const stage = await stageOf(['owner', 'slow']);
    const client = stage.client('owner');
    const slow = open(stage, handshakeOf(stage, 'slow', { seq: true }));
    slow.pause();
    const timer = everyMs === undefined ? undefined : setInterval(() => slow.read(1), everyMs);
    onTestFinished(() => clearInterval(timer));
    stage.startOrchestrator();
    const slowEvent = await until('it is named', () => stage.events.find(({ type }) => type === 'slow'));
    expect(slowEvent).toMatchObject({ componentId: 'slow' });
    const { components, seq } = await stage.status();
    expect(seq).toBeLessThan(50_000);
    expect(components.map(({ componentId, slow }) => [componentId, slow])).toEqual([
      ['owner', false],
      ['slow', true],
    ]);
    slow.destroy();
    await expectWhole(stage, client, 'owner');
  });

  it('on NATS: what cannot be read is ignored by the data stream server and the orchestrator', async () => {
    const stage = await stageOf(['owner']);
    const bus = await connectBus({ url: inject('natsUrl'), name: 'garbage' });
    onTestFinished(() => bus.close());
    const { clock, credit, position, rewind, finish } = sessionSubjects(stage.sessionId);
    const garbage = [
      '',
      'x',
      '[]',
      '{}',
      '{"epoch":-1}',
      '{"epoch":"1","seq":2}',
      '\0\xff',
      `{"a":"${'x'.repeat(9e5)}"}`,
    ];
    let disturbed = 0;
    const disturb = (): void => {
      if (disturbed >= 5) return;
      disturbed += 1;
      for (const subject of [clock, credit, position, rewind, finish, `aegis.${stage.sessionId}.${BTC}`]) {
        for (const text of garbage) bus.publish(subject, Buffer.from(text, 'latin1'));
      }
    };
    disturb();
    const client = stage.client('owner', { onBytes: disturb });
    stage.startOrchestrator();
    await expectWhole(stage, client, 'owner');
    expect(disturbed).toBe(5);
    expect(stage.starts).toEqual({ dataStream: 1, orchestrator: 1 });
    expect(stage.exits.filter((code) => code !== 0)).toEqual([]);
    const { unreadable } = await stage.status();
    // Three of the five subjects are the server's to read.
    expect(unreadable).toBe(5 * 3 * garbage.length);
  });
});
