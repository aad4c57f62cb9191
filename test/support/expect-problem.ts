import { expect } from 'vitest';
import type { ControlClient } from './control-client.ts';
import type { WireMessage } from './wire.ts';

/** The ERROR that must come next. */
export async function expectProblem(client: ControlClient, code: string, recoverable: boolean): Promise<WireMessage> {
  const message = await client.next();
  expect(message).toMatchObject({ type: 'ERROR', command: 'RUNTIME_ERROR', payload: { code, recoverable } });
  expect(message.payload.message).toBeTypeOf('string');
  return message;
}

/** The connection is alive and nothing else was sent. */
export async function expectAlive(client: ControlClient): Promise<void> {
  const [id] = client.send({ type: 'HEARTBEAT', command: 'PING' });
  const answer = await client.expect('PONG');
  expect(answer.correlation_id).toBe(id);
}
