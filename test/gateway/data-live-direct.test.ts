import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { encodeDirect } from '../../src/model/wire/direct-message.ts';
import { streamHash } from '../orchestrator/data-client.ts';
import { until } from '../support/until.ts';
import type { LiveClient } from './live-client.ts';
import { LiveStage } from './live-stage.ts';

const TOPICS = ['trades.BTCUSDT', 'trades.ETHUSDT', 'klines.BTCUSDT.1m'];
const ROWS = 500;

async function open(): Promise<{ readonly stage: LiveStage; readonly client: LiveClient }> {
  const components = [{ id: 'all', topics: TOPICS }];
  const stage = await LiveStage.start({ natsUrl: inject('natsUrl'), topics: TOPICS, components, direct: true });
  onTestFinished(() => stage.close());
  const client = stage.client('all');
  await until('the component is connected', () => client.answers.length > 0);
  return { stage, client };
}

/** Publishes rows and waits until the component has all that were ever published, each once and in order. */
async function flows({ stage, client }: { readonly stage: LiveStage; readonly client: LiveClient }): Promise<void> {
  stage.publishMany(ROWS);
  await until('all rows have come', () => client.rows.length >= stage.sent.length);
  expect(client.text).toBe(stage.expected(TOPICS));
}

async function socketTo({ directPath }: LiveStage): Promise<Socket> {
  const socket = connect({ path: directPath });
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  return socket;
}

describe('rows that the orchestrator hands over directly', () => {
  it('come once and in order, whether they also come over NATS or not, and with the same hash', async () => {
    const { stage, client } = await open();
    for (const way of ['directly', 'over NATS', 'directly'] as const) {
      if (way === 'directly') stage.connectDirectly();
      else stage.cutDirect();
      await flows({ stage, client });
    }
    const results = await stage.finish();
    expect(results.all?.hash).toBe(streamHash(Buffer.from(client.text)));
    expect(stage.events).toEqual([]);
  });

  it('do not wait for NATS', async () => {
    const { stage, client } = await open();
    await flows({ stage, client });
    const [topic = ''] = TOPICS;
    const [row] = stage.make(topic);
    const payload = Buffer.from(row?.line ?? '');
    const at = { run: stage.run, epoch: stage.writer.epoch, seq: stage.sent.length, rows: 1, ts: 0 };
    const socket = await socketTo(stage);
    socket.write(encodeDirect({ subject: `aegis.${stage.sessionId}.${topic}`, payload, at }));
    await until('the row has come', () => client.rows.length > stage.sent.length);
    // The same row, as it goes over NATS.
    stage.publish(topic);
    await flows({ stage, client });
  });

  it('go on after a kill of the server, and under another orchestrator', async () => {
    const { stage, client } = await open();
    await flows({ stage, client });
    await stage.restartServer();
    await flows({ stage, client });
    await stage.writer.flush();
    await stage.dropWriter();
    await stage.open();
    await flows({ stage, client });
    const results = await stage.finish();
    expect(results.all?.hash).toBe(streamHash(Buffer.from(client.text)));
  });

  it('are not taken from an orchestrator that has a successor: it loses its connection', async () => {
    const { stage, client } = await open();
    await flows({ stage, client });
    const before = await socketTo(stage);
    const at = { run: stage.run, epoch: stage.writer.epoch - 1, seq: stage.sent.length, rows: 1, ts: 0 };
    before.write(encodeDirect({ subject: `aegis.${stage.sessionId}.${TOPICS[0]}`, payload: Buffer.from('{}\n'), at }));
    await once(before, 'close');
    await flows({ stage, client });
  });

  it('are not taken from somebody who writes something else', async () => {
    const { stage, client } = await open();
    const stranger = await socketTo(stage);
    stranger.write('GET / HTTP/1.1\r\n\r\n');
    await once(stranger, 'close');
    await flows({ stage, client });
  });
});
