import { describe, expect, it } from 'vitest';
import { decodeLogPosition, encodeLogPosition } from '../../src/model/wire/live-log.ts';

describe('the position of a message in a log', () => {
  it('is read as it was written', () => {
    const positions = [
      { run: 0, epoch: 0, seq: 0, rows: 0, ts: 0 },
      { run: 3, epoch: 12, seq: 1_234_567_890, rows: 25, ts: 1_767_139_200_045 },
      { run: 1, epoch: 1, seq: Number.MAX_SAFE_INTEGER, rows: 1, ts: 1 },
    ];
    for (const at of positions) expect(decodeLogPosition(encodeLogPosition(at))).toEqual(at);
  });

  it.each([
    '',
    ' ',
    '1 2 3 4',
    '1 2 3 4 ',
    ' 1 2 3 4 5',
    '1 2 3 4 5 ',
    '1 2 3 4 5 6',
    '1  2 3 4 5',
    '1 2 -3 4 5',
    '1 2 3.5 4 5',
    '1 2 3 4 x',
    '1 2 99999999999999999 4 5',
  ])('"%s" is none', (text) => {
    expect(() => decodeLogPosition(text)).toThrow(expect.objectContaining({ code: 'STREAM_FAILED' }));
  });
});
