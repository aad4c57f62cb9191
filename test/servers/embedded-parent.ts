import { EmbeddedServers } from '../../src/servers/embedded-servers.ts';

/** A process to be killed: starts both servers below the home it is given, tells where they are, and stays. */
const [home = ''] = process.argv.slice(2);
const servers = await EmbeddedServers.start({
  home,
  ports: { temporal: 0, temporalUi: 0, nats: 0, natsMonitor: 0 },
  ui: false,
});
process.stdout.write(`${JSON.stringify({ pids: servers.pids, address: servers.temporal.address })}\n`);
