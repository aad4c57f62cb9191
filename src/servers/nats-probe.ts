import { once } from 'node:events';
import { connect } from 'node:net';

const ANSWER_WITHIN_MS = 2_000;

/** Resolves when a NATS server greets on this port (`INFO {…}`); rejects otherwise. */
export async function probeNats(host: string, port: number): Promise<void> {
  const socket = connect({ host, port });
  try {
    const [greeting] = await once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (!String(greeting).startsWith('INFO ')) throw new Error(`what listens on ${host}:${port} is not NATS`);
  } finally {
    socket.destroy();
  }
}
