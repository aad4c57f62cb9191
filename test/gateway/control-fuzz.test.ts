import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { PROTOCOL_ERROR_CODES } from '../../src/model/protocol/protocol-error.ts';
import { envelope } from '../support/control-client.ts';
import { controlFixture, until } from '../support/control-fixture.ts';
import { type Exchange, FuzzConversation } from '../support/fuzz/conversation.ts';
import { nextFrame } from '../support/fuzz/frames.ts';
import { HANDSHAKE, TOKEN } from '../support/fuzz/messages.ts';
import { Random } from '../support/fuzz/random.ts';
import { DIALECTS, type Dialect, type WireMessage } from '../support/wire.ts';
import { WIRE_OF } from '../support/wires.ts';

/** Frames per dialect; the proof of the protocol takes 200,000. */
const FRAMES = Number(process.env.AEGIS_FUZZ_FRAMES ?? 10_000);
/** Of which so many go through a real socket. */
const SOCKET_FRAMES = Math.max(300, Math.floor(FRAMES / 50));
const SEED = Number(process.env.AEGIS_FUZZ_SEED ?? Date.now() % 1_000_000);
const LIMIT_MS = 60_000 + FRAMES;

/** Small, so that frames which announce too much come to their end. */
const MAX_FRAME_BYTES = 16_384;
const FRAMES_PER_CONVERSATION = 40;
/** A length that is wrong swallows the frames after it: those are not worth counting. */
const MAX_SWALLOWED = 6;
/** For one frame, on a machine that does other work as well. */
const HANG_MS = 5_000;
const MAX_GROWTH = 32 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Reasons for which a connection ends without an ERROR; docs/component-protocol.md names them. */
const SILENT_ENDS = [
  'the component sent something that cannot be decoded',
  'the component reported an error that is not recoverable',
];

describe.each(DIALECTS)('frames of the %s dialect, mutated and generated', (dialect) => {
  test(
    `${FRAMES} through decoder and rules, seed ${SEED}: every violation has its named error`,
    () => {
      console.info(`fuzz ${dialect}: AEGIS_FUZZ_FRAMES=${FRAMES} AEGIS_FUZZ_SEED=${SEED}`);
      const random = new Random(SEED);
      const seen = new Map<string, number>();
      const count = (word: string) => seen.set(word, (seen.get(word) ?? 0) + 1);
      const cpu = process.cpuUsage();
      let slowestMs = 0;
      let memory = 0;
      for (let frames = 0; frames < FRAMES; ) {
        const conversation = opened(dialect, random);
        let swallowed = 0;
        for (let n = 0; n < FRAMES_PER_CONVERSATION && !conversation.closed && swallowed < MAX_SWALLOWED; n += 1) {
          const started = performance.now();
          const exchanges = inPieces(conversation, nextFrame(dialect, random), random);
          slowestMs = Math.max(slowestMs, performance.now() - started);
          swallowed = exchanges.length === 0 ? swallowed + 1 : 0;
          frames += 1;
          for (const exchange of exchanges) {
            count(exchange.inbound.type === 'message' ? 'message' : exchange.inbound.problem.code);
            for (const { body } of exchange.sent)
              if (body.command === 'RUNTIME_ERROR') count(`sent ${body.payload.code}`);
            check(exchange);
          }
          if (frames === FRAMES >> 2) memory = memoryAfterCollection();
        }
      }
      const growth = memoryAfterCollection() - memory;
      const { user, system } = process.cpuUsage(cpu);
      const cost = `${(user + system) / 1e6} s of CPU, slowest frame ${slowestMs.toFixed(1)} ms, memory grew by ${growth} bytes`;
      console.info(`fuzz ${dialect}: ${cost}`, Object.fromEntries(seen));
      expect(slowestMs).toBeLessThan(HANG_MS);
      expect(growth).toBeLessThan(MAX_GROWTH);
      expect(seen.get('message')).toBeGreaterThan(FRAMES / 10);
      for (const code of EXPECTED_CODES) expect(seen.get(`sent ${code}`), code).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );

  test(
    `${SOCKET_FRAMES} through a socket, seed ${SEED}: every connection ends, and the server goes on`,
    async () => {
      const random = new Random(SEED);
      const fixture = await controlFixture({ gapMs: 0, maxLineBytes: MAX_FRAME_BYTES });
      try {
        let connections = 0;
        for (let frames = 0; frames < SOCKET_FRAMES; connections += 1) {
          const sent = [...greeting(dialect, random)];
          for (let n = 1 + random.int(10); n > 0; n -= 1, frames += 1) sent.push(nextFrame(dialect, random));
          const answers = await exchange(fixture.path, Buffer.concat(sent));
          for (const { command, payload } of answers) {
            if (command === 'RUNTIME_ERROR') expect(PROTOCOL_ERROR_CODES).toContain(payload.code);
          }
        }
        expect(connections).toBeGreaterThan(SOCKET_FRAMES / 20);
        await until(() => fixture.server.status().length === 0, 'no connection is left');
        await (await fixture.connect(dialect)).run({ token: TOKEN });
      } finally {
        await fixture.close();
      }
    },
    LIMIT_MS,
  );
});

/** Codes that must have been answered at least once, or the frames were not hostile enough. */
const EXPECTED_CODES = [
  'DECODE_ERROR',
  'INVALID_ENVELOPE',
  'INVALID_PAYLOAD',
  'INVALID_COMMAND',
  'MISSING_SESSION_TOKEN',
  'MISSING_COMPONENT_NAME',
  'WRONG_SESSION_TOKEN',
  'UNKNOWN_COMMAND',
  'UNEXPECTED_MESSAGE',
  'UNEXPECTED_STATE',
  'STATE_TRANSITION_FAILED',
  'LIMIT_EXCEEDED',
] as const;

/** A conversation that has come any part of the way to RUNNING. */
function opened(dialect: Dialect, random: Random): FuzzConversation {
  const conversation = new FuzzConversation(MAX_FRAME_BYTES);
  for (const bytes of greeting(dialect, random)) conversation.push(bytes);
  assert.equal(conversation.closed, false);
  return conversation;
}

const GREETINGS: Readonly<Record<Dialect, readonly Buffer[]>> = {
  json: HANDSHAKE.map((message) => WIRE_OF.json.encode(envelope(message))),
  binary: HANDSHAKE.map((message) => WIRE_OF.binary.encode(envelope(message))),
};

function greeting(dialect: Dialect, random: Random): readonly Buffer[] {
  const steps = random.chance(40) ? 0 : random.chance(50) ? HANDSHAKE.length : random.int(HANDSHAKE.length);
  return GREETINGS[dialect].slice(0, steps);
}

function inPieces(conversation: FuzzConversation, bytes: Buffer, random: Random): readonly Exchange[] {
  if (random.chance(70)) return conversation.push(bytes);
  const cut = random.int(bytes.length + 1);
  return [...conversation.push(bytes.subarray(0, cut)), ...conversation.push(bytes.subarray(cut))];
}

/** Plain assertions: those of the test runner would take longer than what they look at. */
function check({ inbound, phase, sent, closed }: Exchange): void {
  for (const { encode } of sent) assert.equal(readAnswers(encode()).length, 1);
  const errors = sent.flatMap(({ body }) => (body.command === 'RUNTIME_ERROR' ? [body.payload] : []));
  for (const { code, message } of errors) {
    assert(PROTOCOL_ERROR_CODES.includes(code), code);
    assert.notEqual(message, '');
  }
  if (closed !== undefined && errors.length === 0) assert(SILENT_ENDS.includes(closed), closed);
  if (inbound.type === 'message') return;
  const { code, message } = inbound.problem;
  assert(message.length < 500, message);
  const [error] = errors;
  if (error === undefined) assert.deepEqual({ code, closed }, { code: 'DECODE_ERROR', closed: SILENT_ENDS[0] });
  else assert(error.code === code || (phase === 'unregistered' && error.code === 'INVALID_COMMAND'), error.code);
}

/** Sends all, ends the sending side, and waits for the end of the connection; what was answered. */
function exchange(path: string, bytes: Buffer): Promise<readonly WireMessage[]> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect({ path, allowHalfOpen: true });
    const timer = setTimeout(() => reject(new Error('the connection did not end within 5 s')), 5_000);
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    // A server that closes while bytes are on their way is no fault.
    socket.on('error', () => {});
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(readAnswers(Buffer.concat(received)));
    });
    socket.once('end', () => socket.end());
    socket.end(bytes);
  });
}

/** Complete answers, in the dialect in which they came. */
function readAnswers(bytes: Uint8Array): readonly WireMessage[] {
  const wire = bytes[0] === 0xae ? WIRE_OF.binary : WIRE_OF.json;
  return wire.split(Buffer.from(bytes)).frames.map(({ message }) => message);
}

function memoryAfterCollection(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
