import { frameOf } from '../wire-binary.ts';
import { type Dialect, WIRE_OF } from '../wires.ts';
import { hostileMessage, validMessage } from './messages.ts';
import { mutate } from './mutate.ts';
import type { Random } from './random.ts';

/** The next line or frame: right, hostile in its contents, broken in its bytes, or made of nothing but chance. */
export function nextFrame(dialect: Dialect, random: Random): Buffer {
  const kind = random.int(100);
  const wire = WIRE_OF[dialect];
  if (kind < 30) return wire.encode(validMessage(random));
  if (kind < 70) return wire.encode(hostileMessage(random));
  if (kind < 80) return dialect === 'json' ? jsonWithin(random) : frameOf(mutate(bodyOf(random), random));
  if (kind < 92) return mutate(wire.encode(hostileMessage(random)), random);
  if (kind === 99) return TOO_LONG[dialect];
  return dialect === 'json' ? Buffer.from(`${anyJson(random, 4)}\n`) : frameOf(anyFields(random, 4));
}

/** Longer than the 16 KiB that the fuzzing allows. */
const TOO_LONG: Readonly<Record<Dialect, Buffer>> = {
  json: Buffer.from(`${' '.repeat(20_000)}\n`),
  binary: frameOf(Buffer.alloc(20_000)),
};

/** A message in which one value is any JSON, or something that only looks like it. */
function jsonWithin(random: Random): Buffer {
  const message = validMessage(random);
  const inPayload = random.chance(50);
  const names = Object.keys(inPayload ? message.payload : message);
  const faulty = { [names[random.int(names.length)] ?? 'state']: HOLE };
  const text = JSON.stringify(
    inPayload ? { ...message, payload: { ...message.payload, ...faulty } } : { ...message, ...faulty },
  );
  return Buffer.from(`${text.replace(`"${HOLE}"`, () => anyJson(random, 3))}\n`);
}

function bodyOf(random: Random): Buffer {
  return WIRE_OF.binary.encode(hostileMessage(random)).subarray(5);
}

const HOLE = '(here)';

const SCALARS = ['null', 'true', '0', '-1', '1e999', '1e-999', '0.1', '""', '"x"', '"\\ud800"', '"__proto__"'] as const;

function anyJson(random: Random, depth: number): string {
  if (random.chance(2)) return '['.repeat(2_000) + ']'.repeat(random.chance(50) ? 2_000 : 1_999);
  if (depth === 0 || random.chance(40)) return random.pick(SCALARS);
  const items = Array.from({ length: random.int(4) }, () => anyJson(random, depth - 1));
  if (random.chance(50)) return `[${items.join(',')}]`;
  const names = ['payload', '__proto__', 'command', 'type', 'constructor', 'message_id'] as const;
  return `{${items.map((item) => `"${random.pick(names)}":${item}`).join(',')}}`;
}

/** Fields with any number and wire type, nested as messages and groups. */
function anyFields(random: Random, depth: number): Buffer {
  if (random.chance(2)) return Buffer.alloc(1 + random.int(20_000), 0xdb);
  const fields = Array.from({ length: random.int(5) }, () => anyField(random, depth));
  return Buffer.concat(fields);
}

function anyField(random: Random, depth: number): Buffer {
  const number = random.chance(80) ? 1 + random.int(30) : random.int(70_000);
  const wireType = random.pick([0, 1, 2, 2, 2, 2, 3, 4, 5, 6, 7]);
  const tag = varint(number * 8 + wireType);
  const content = depth === 0 || random.chance(40) ? random.bytes(12) : anyFields(random, depth - 1);
  if (wireType === 0) return Buffer.concat([tag, random.chance(90) ? varint(random.int(2 ** 32)) : random.bytes(12)]);
  if (wireType !== 2) return Buffer.concat([tag, content]);
  const length = random.chance(90) ? content.length : random.int(2 ** 32);
  return Buffer.concat([tag, varint(length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}
