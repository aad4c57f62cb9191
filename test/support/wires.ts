import type { Dialect, Wire } from './wire.ts';
import { binaryWire } from './wire-binary.ts';
import { jsonWire } from './wire-json.ts';

export type { Dialect } from './wire.ts';

export const WIRE_OF: Readonly<Record<Dialect, Wire>> = { json: jsonWire, binary: binaryWire };
