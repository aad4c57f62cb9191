import { join } from 'node:path';
import { freePort } from '../../src/servers/free-port.ts';
import { resolveServer } from '../../src/servers/resolve-server.ts';
import { NATS_SPEC } from '../../src/servers/server-spec.ts';
import { type NatsServer, startNats } from '../../src/servers/start-nats.ts';

/** A nats-server of the suite alone, as aegisd starts one. It never outlives this process. */
export async function startBenchNats(home: string): Promise<NatsServer> {
  const { path } = await resolveServer(NATS_SPEC);
  const [port, monitorPort] = [await freePort(0), await freePort(0)];
  return startNats({ path, port, monitorPort, store: join(home, 'nats'), log: join(home, 'nats.log') });
}
