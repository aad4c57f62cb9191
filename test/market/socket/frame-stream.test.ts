import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { kindOfFrame, streamOfFrame } from '../../../src/market/binance/socket/frame-stream.ts';

const RECORDING = '../shared/data/frames/usdm/ethusdt_20240808.gz';

describe('the stream of a frame', () => {
  it.each([
    ['{"stream":"btcusdt@trade","data":{"e":"trade"}}', 'btcusdt@trade'],
    ['{"stream":"币安人生usdt@trade","data":{}}', '币安人生usdt@trade'],
    ['{"stream":"","data":{}}', ''],
    ['{"data":{},"stream":"btcusdt@trade"}', undefined],
    ['{ "stream":"btcusdt@trade","data":{}}', undefined],
    ['{"stream":"\\u5e01usdt@trade","data":{}}', undefined],
    ['{"stream":"btcusdt@tra', undefined],
    ['{"result":null,"id":1}', undefined],
    ['{', undefined],
    ['', undefined],
  ])('%s: %s', (text, stream) => {
    expect(streamOfFrame(Buffer.from(text))).toBe(stream);
  });

  it.each([
    ['{"data":{},"stream":"btcusdt@trade"}', { type: 'data', stream: 'btcusdt@trade' }],
    ['{"stream":"\\u5e01usdt@trade","data":{}}', { type: 'data', stream: '币usdt@trade' }],
    ['{"result":null,"id":7}', { type: 'reply', id: 7, error: undefined }],
    ['{"error":{"code":2,"msg":"Invalid"},"id":7}', { type: 'reply', id: 7, error: 'Invalid (2)' }],
    ['{"code":3,"msg":"Invalid JSON"}', { type: 'reply', id: undefined, error: 'Invalid JSON (3)' }],
    ['{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}', { type: 'shutdown' }],
    ['{"e":"serverShutdown","E":1}', { type: 'shutdown' }],
    ['{"e":"trade"}', { type: 'unknown' }],
    ['[1]', { type: 'unknown' }],
    ['{"stream":"btcusdt@tra', { type: 'unknown' }],
    ['', { type: 'unknown' }],
  ])('%s otherwise: %j', (text, kind) => {
    expect(kindOfFrame(Buffer.from(text))).toEqual(kind);
  });
});

describe.skipIf(!existsSync(RECORDING))('recorded frames (needs ../shared/data)', () => {
  it('are attributed as a parser attributes them', () => {
    const lines = gunzipSync(readFileSync(RECORDING)).toString().trimEnd().split('\n').slice(0, 20_000);
    const frames = lines.map((line) => line.slice(line.indexOf(' ') + 1));
    const differing = frames.filter((text) => streamOfFrame(Buffer.from(text)) !== JSON.parse(text).stream);
    expect(frames).toHaveLength(20_000);
    expect(differing).toEqual([]);
  });
});
