import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { type DataClient, streamHash } from './data-client.ts';
import { expectedStream, syntheticRows, type TestTopic } from './rows.ts';
import { Stage } from './stage.ts';
import { until } from './until.ts';

const BTC = 'aggTrades.BTCUSDT';
const TOPICS: readonly TestTopic[] = [{ topic: BTC, tapes: [syntheticRows(40_000)] }];

/**
 * A process that counts what it has received begins at 0 when it is started again, while its stream is somewhere else.
 * What it says when it has to reconnect is then a count from the row with which it began.
 */
describe('a component that was started again and counts what it has received', { timeout: 240_000 }, () => {
  async function relaunched(firstBytes: number): Promise<{ stage: Stage; second: DataClient; expected: Buffer }> {
    const stage = new Stage({ natsUrl: inject('natsUrl'), topics: TOPICS, components: [{ id: 'one', topics: [BTC] }] });
    onTestFinished(() => stage.close());
    await stage.startDataStream();
    const first = stage.client('one', {
      onBytes: (total) => {
        if (total >= firstBytes) first.stop();
      },
    });
    stage.startOrchestrator();
    await until('the first process is gone', async () => {
      const [status] = (await stage.status()).components;
      return first.bytes >= firstBytes && status?.presence === 'lost';
    });
    const second = stage.client('one');
    await until('the second process is connected', () => second.connections > 0);
    return { stage, second, expected: Buffer.from(expectedStream(stage.sessionId, TOPICS)) };
  }

  /** What the second process has is the end of the stream, from the beginning of a row on: nothing twice, no hole. */
  async function expectSuffix(second: DataClient, expected: Buffer): Promise<void> {
    await until('its last row has come', () => second.text.subarray(-60).equals(expected.subarray(-60)));
    const from = expected.length - second.bytes;
    expect(expected[from - 1]).toBe(10);
    expect(second.text.equals(expected.subarray(from))).toBe(true);
  }

  it.each([
    ['early in the stream', 60_000],
    ['later, where its first rows are forgotten', 3_000_000],
  ])('%s: its connection is cut with rows in it, and it gets each of them once', async (_, firstBytes) => {
    const { stage, second, expected } = await relaunched(firstBytes);
    await until('it has rows', () => second.bytes > 20_000);
    second.pause();
    await until('rows wait in its connection', async () => {
      const [status] = (await stage.status()).components;
      return (status?.bytes ?? 0) > second.bytes + firstBytes + 100_000;
    });
    second.cut();
    const { components } = await stage.finished();
    await expectSuffix(second, expected);
    expect(components.one?.hash).toBe(streamHash(expected));
  });

  it('the data stream server is killed in between as well', async () => {
    const { stage, second, expected } = await relaunched(60_000);
    await until('it has rows', () => second.bytes > 20_000);
    stage.kill('dataStream');
    await until('it has reconnected', () => second.connections > 1, 120_000);
    await until('it has more rows', () => second.bytes > 1_500_000, 120_000);
    second.cut();
    stage.kill('dataStream');
    await stage.finished();
    await expectSuffix(second, expected);
  });
});
