import { expect, inject, it, onTestFinished } from 'vitest';
import { ArrowClient } from '../../orchestrator/arrow-client.ts';
import { until } from '../../support/until.ts';
import { LiveStage } from '../live-stage.ts';

const BTC = 'trades.BTCUSDT';
const ETH = 'trades.ETHUSDT';
const ALL = [BTC, ETH];
const ROWS = 4_000;

it('a component of a realtime run gets its rows as Arrow, beside lines and over a kill of the data stream server', async () => {
  const components = [
    { id: 'arrow', topics: ALL },
    { id: 'lines', topics: [ETH] },
  ];
  const stage = await LiveStage.start({ natsUrl: inject('natsUrl'), topics: ALL, components });
  onTestFinished(() => stage.close());
  const { socketPath, sessionId } = stage;
  const client = new ArrowClient({ socketPath, sessionId, componentId: 'arrow' });
  onTestFinished(() => client.stop());
  const lines = stage.client('lines', { received: true });
  await until('both are connected', () => client.lines.length > 0 && lines.answers.length > 0);
  for (let rows = 0; rows < ROWS; rows += 200) {
    stage.publishMany(200);
    await stage.writer.flush();
    if (rows === ROWS / 2) await stage.restartServer();
  }
  const results = await stage.finish();
  await until('the stream has ended', () => client.ends === 1);
  const expected = stage
    .expected(ALL)
    .trimEnd()
    .split('\n')
    .map((line, seq) => {
      const { ts, topic, data } = JSON.parse(line);
      return { seq, ts, topic, id: data.id, trade_time: ts };
    });
  const rows = client.rows.map(({ seq, ts, topic, id, trade_time }) => ({ seq, ts, topic, id, trade_time }));
  expect(rows).toEqual(expected);
  expect(rows).toHaveLength(ROWS);
  expect(results.arrow).toMatchObject({ rows: ROWS });
  expect(results.arrow?.hash).toHaveLength(64);
  expect(lines.text).toBe(stage.expected([ETH]));
});
