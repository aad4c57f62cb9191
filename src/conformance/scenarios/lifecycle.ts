import { PONG_MS, RECONFIGURE_MS, SHUTDOWN_MS, SIGTERM_MS } from '../limits.ts';
import type { Peer } from '../peer/peer.ts';
import type { Entry } from '../transcript.ts';
import type { Scenario } from './scenario.ts';

const SETTLE_MS = 200;

/** The plain run: what does not come through this needs no further scenario. */
export const lifecycle: Scenario = {
  id: 'lifecycle',
  title: 'from REGISTER to SHUTDOWN',
  setting: {},
  needsData: false,
  async play(peer) {
    await peer.launch();
    if (!(await peer.running())) return;
    if (await peer.connected()) await peer.rows(1);
    if (await peer.until('a PING to be due', PONG_MS, isPing)) await peer.until('PONG', PONG_MS, isPong);
    await peer.recorder.pause(SETTLE_MS);
    await shutDown(peer);
  },
};

export const sigterm: Scenario = {
  id: 'sigterm',
  title: 'SIGTERM while RUNNING',
  setting: {},
  needsData: false,
  async play(peer) {
    await peer.launch();
    if (!(await peer.running())) return;
    await peer.recorder.pause(SETTLE_MS);
    peer.step('sigterm');
    peer.terminate();
    await peer.until('the end of the program', SIGTERM_MS, isEnd);
  },
};

export const reborn: Scenario = {
  id: 'reborn',
  title: 'a finished session runs again: REBORN',
  setting: {},
  needsData: false,
  async play(peer) {
    await peer.launch();
    if (!(await peer.running())) return;
    if (await peer.connected()) await peer.rows(5);
    await peer.recorder.pause(SETTLE_MS);
    peer.step('reborn');
    peer.data.beginRun();
    const from = peer.recorder.entries.length;
    peer.control?.reborn();
    const acked = await peer.until('ACK of REBORN', 15_000, isAck, from);
    if (!acked || !peer.hasTopics) return;
    await peer.recorder.until('a new data connection', peer.within(5_000), () => peer.data.connected);
    await peer.rows(5);
    await peer.recorder.pause(SETTLE_MS);
    // What it counts in the new run is seen when it comes back once more.
    peer.data.close();
    await peer.recorder.until('a data connection in the new run', peer.within(5_000), () => peer.data.connected);
    await peer.rows(5);
    await peer.recorder.pause(SETTLE_MS);
  },
};

export const reconfigure: Scenario = {
  id: 'reconfigure',
  title: 'CONFIGURE while RUNNING, for a component that has said reconfigurable',
  setting: {},
  needsData: false,
  async play(peer) {
    await peer.launch();
    if (!(await peer.running()) || !peer.reconfigurable) return;
    if (await peer.connected()) await peer.rows(5);
    await peer.recorder.pause(SETTLE_MS);
    peer.step('reconfigure');
    const from = peer.recorder.entries.length;
    peer.reconfigure();
    await peer.until('an answer to CONFIGURE', RECONFIGURE_MS, (entry) => isAck(entry) || isError(entry), from);
    await peer.rows(5);
    await peer.recorder.pause(SETTLE_MS);
  },
};

async function shutDown(peer: Peer): Promise<void> {
  const from = peer.recorder.entries.length;
  peer.step('shutdown');
  peer.control?.shutdown();
  await peer.until('ACK of SHUTDOWN', SHUTDOWN_MS, isAck, from);
  await peer.until('the end of the program', SHUTDOWN_MS, isEnd, from);
}

function isPing(entry: Entry): boolean {
  return entry.kind === 'sent' && entry.body.command === 'PING';
}

export function isPong(entry: Entry): boolean {
  return isMessage(entry, 'pong');
}

export function isAck(entry: Entry): boolean {
  return isMessage(entry, 'ack');
}

function isError(entry: Entry): boolean {
  return isMessage(entry, 'runtimeError');
}

function isEnd(entry: Entry): boolean {
  return entry.kind === 'ended';
}

function isMessage(entry: Entry, type: string): boolean {
  return entry.kind === 'message' && entry.inbound.type === 'message' && entry.inbound.message.type === type;
}
