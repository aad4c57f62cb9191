import { MsgHdrsImpl } from 'nats';
import { describe, expect, it } from 'vitest';
import { LogHeader, positionIn } from '../../src/bus/nats-log-header.ts';

const AT = { run: 3, epoch: 2, seq: 1_000, rows: 4, ts: 1_795_252_097_794 };

/** A message as the client holds it: it makes its map of headers when somebody asks for them. */
function received(header: Uint8Array, payload = '') {
  const mapped = { done: false };
  return {
    mapped,
    _rdata: Buffer.concat([header, Buffer.from(payload)]),
    _msg: { hdr: header.length },
    get headers() {
      mapped.done = true;
      return MsgHdrsImpl.decode(header);
    },
  };
}

describe('the position in a header', () => {
  it('is read as it was written, without a map of all headers', () => {
    const written = new LogHeader().of({ at: AT, after: 7, previous: { ...AT, seq: 996 } });
    const message = received(written instanceof MsgHdrsImpl ? written.encode() : Buffer.alloc(0), 'lines');
    expect(positionIn(message)).toEqual(AT);
    expect(message.mapped.done).toBe(false);
  });

  it('is found behind other headers', () => {
    expect(
      positionIn(received(Buffer.from('NATS/1.0\r\nOther: 1\r\nAegis-At: 3 2 1000 4 1795252097794\r\n\r\n'))),
    ).toEqual(AT);
  });

  it('is not what a payload without a header looks like', () => {
    const payload = Buffer.from('NATS/1.0\r\nAegis-At: 3 2 1000 4 1795252097794\r\n\r\n');
    expect(positionIn({ ...{ _rdata: payload, _msg: { hdr: -1 } }, headers: undefined })).toBeUndefined();
  });

  it('is none when it cannot be read', () => {
    expect(positionIn(received(Buffer.from('NATS/1.0\r\nAegis-At: 3 2\r\n\r\n')))).toBeUndefined();
  });
});
