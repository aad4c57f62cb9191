import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Incoming, Parser } from '../../src/bus/hot/parser.ts';

interface Sent {
  readonly subject: string;
  readonly sid: number;
  readonly reply: string | undefined;
  readonly header: string | undefined;
  /** Latin-1: comparing two long texts is faster than two buffers. */
  readonly payload: string;
  /** Whether the receiver is done with it at once. */
  readonly released: boolean;
}

type Part = { readonly type: 'message'; readonly message: Sent } | { readonly type: 'line'; readonly line: string };

const token = fc.stringMatching(/^[A-Za-z0-9_.-]{1,30}$/);

/** What the protocol itself consists of. */
const small = fc
  .array(fc.constantFrom('\r\n', 'MSG a 1 5', 'PING', ' ', 'x', '\xff'), { maxLength: 20 })
  .map((parts) => parts.join(''));
/** Some of them fill a piece of memory. */
const large = fc.integer({ min: 0, max: 1_500_000 }).map((size) => 'payload '.repeat(size / 8));

function partsOf(payload: fc.Arbitrary<string>): fc.Arbitrary<Part[]> {
  const header = token.map((value) => `NATS/1.0\r\nAegis-Epoch: ${value}\r\n\r\n`);
  const [reply, headed] = [fc.option(token, { nil: undefined }), fc.option(header, { nil: undefined })];
  const message = fc
    .record({ subject: token, sid: fc.nat(), reply, header: headed, payload, released: fc.boolean() })
    .map((sent): Part => ({ type: 'message', message: sent }));
  const line = fc
    .constantFrom('PING', 'PONG', '+OK', "-ERR 'Slow Consumer'", 'INFO {"max_payload":1048576}')
    .map((text): Part => ({ type: 'line', line: text }));
  return fc.array(fc.oneof({ weight: 3, arbitrary: message }, line), { maxLength: 30 });
}

function rendered(part: Part): Buffer {
  if (part.type === 'line') return Buffer.from(`${part.line}\r\n`);
  const { subject, sid, reply, header, payload } = part.message;
  const body = Buffer.from(payload, 'latin1');
  const to = [subject, sid, ...(reply === undefined ? [] : [reply])].join(' ');
  const head =
    header === undefined
      ? `MSG ${to} ${body.length}\r\n`
      : `HMSG ${to} ${header.length} ${header.length + body.length}\r\n${header}`;
  return Buffer.concat([Buffer.from(head), body, Buffer.from('\r\n')]);
}

/** Gives the parser bytes in pieces of these lengths, in turn, as a socket would. */
function feed(parser: Parser, bytes: Buffer, lengths: readonly number[]): void {
  let place = 0;
  for (let turn = 0; place < bytes.length; turn++) {
    const count = bytes.copy(parser.room, 0, place, place + (lengths[turn % lengths.length] ?? 1));
    parser.take(count);
    place += count;
  }
}

/** Receives the parts and compares what it has kept with what it was. */
function receive(parts: readonly Part[], cuts: readonly number[]): void {
  const expected = parts.filter((part) => part.type === 'message' || part.line !== '+OK');
  const seen: Part[] = [];
  const kept: { readonly received: Incoming; readonly was: string }[] = [];
  const told = (text: string) => seen.push({ type: 'line', line: text });
  const parser = new Parser({
    message: (received) => {
      const { subject, sid, reply, header } = received;
      const place = expected[seen.length];
      const released = place?.type === 'message' && place.message.released;
      const payload = received.payload.toString('latin1');
      seen.push({ type: 'message', message: { subject, sid, reply, header: header?.toString(), payload, released } });
      if (released) received.memory.release();
      else kept.push({ received, was: payload });
    },
    info: (text) => told(`INFO ${text}`),
    ping: () => told('PING'),
    pong: () => told('PONG'),
    error: (text) => told(`-ERR '${text}'`),
    broken: (what) => told(`broken: ${what}`),
  });
  feed(parser, Buffer.concat(parts.map(rendered)), cuts);
  expect(seen).toEqual(expected);
  for (const { received, was } of kept) expect(received.payload.toString('latin1') === was).toBe(true);
}

function ignore(): void {}

const DEAF = { message: ignore, info: ignore, ping: ignore, pong: ignore, error: ignore, broken: ignore };

describe('the parser of the hot connection', () => {
  it('gives the same messages wherever the pieces begin and end', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 });
    fc.assert(fc.property(partsOf(small), cuts, receive), { numRuns: 400 });
  });

  it('gives the same large messages, and leaves alone what was not released', () => {
    const cuts = fc.array(fc.integer({ min: 10_000, max: 400_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(fc.property(partsOf(large), cuts, receive), { numRuns: 25 });
  });

  it('reads into the same memory again when messages are released', () => {
    const memories = new Set<Buffer['buffer']>();
    const parser = new Parser({
      ...DEAF,
      message: ({ payload: body, memory }) => {
        memories.add(body.buffer);
        memory.release();
      },
    });
    const bytes = rendered({
      type: 'message',
      message: {
        subject: 'a',
        sid: 1,
        reply: undefined,
        header: undefined,
        payload: 'x'.repeat(300_000),
        released: true,
      },
    });
    for (let count = 0; count < 100; count++) feed(parser, bytes, [65_536]);
    expect(memories.size).toBeLessThanOrEqual(2);
  });

  it.each([
    ['another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['a line that ends with LF alone', 'PING\nPING\r\n'],
    ['a line without an end', 'I'.repeat(70_000)],
    ['a length that is no number', 'MSG a 1 many\r\n'],
    ['a length that is missing', 'MSG a 1\r\n'],
    ['a message without a subscription', 'MSG a x 5\r\nhello\r\n'],
    ['a message larger than NATS allows', 'MSG a 1 999999999\r\n'],
    ['a header longer than its message', 'HMSG a 1 12 4\r\n'],
    ['a message that is longer than it says', 'MSG a 1 5\r\nhello!!\r\n'],
  ])('stops at %s', (_, text) => {
    const told: string[] = [];
    const parser = new Parser({
      message: () => told.push('message'),
      info: () => told.push('info'),
      ping: () => told.push('ping'),
      pong: () => told.push('pong'),
      error: () => told.push('error'),
      broken: () => told.push('broken'),
    });
    feed(parser, Buffer.from(`${text}PING\r\n`), [1_000]);
    expect(told).toEqual(['broken']);
  });
});
