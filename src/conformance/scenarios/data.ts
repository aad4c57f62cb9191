import { LAST_ACK_MS } from '../limits.ts';
import type { Peer } from '../peer/peer.ts';
import type { Entry } from '../transcript.ts';
import type { Scenario } from './scenario.ts';

/** Clients of the data socket are back after 0.5 to 2 s. */
const RECONNECT_MS = 5_000;
/** Far more than the system holds for a reader that does not read. */
const BULK_ROWS = 6_000;
const QUIET_MS = 3_500;
const SETTLE_MS = 300;

export const rows: Scenario = {
  id: 'rows',
  title: 'rows in one write, in pieces, in bulk; then silence',
  setting: {},
  needsData: true,
  async play(peer) {
    if (!(await takesRows(peer))) return;
    peer.step('one-write');
    await peer.rows(10);
    await peer.recorder.pause(SETTLE_MS);
    peer.step('pieces');
    await peer.rows(4, { manner: 'pieces' });
    // A write tells whether the connection is still there.
    await peer.rows(1);
    await peer.recorder.pause(SETTLE_MS);
    peer.step('bulk');
    if (!(await peer.rows(BULK_ROWS))) return;
    await peer.recorder.pause(SETTLE_MS);
    peer.step('quiet');
    await peer.recorder.pause(QUIET_MS);
    const { entries } = peer.recorder;
    const acknowledges = entries.some((entry) => entry.kind === 'ack' && entry.acked !== undefined);
    if (acknowledges) await peer.until('the last acknowledgement', LAST_ACK_MS, acknowledgesAll);
  },
};

export const lostData: Scenario = {
  id: 'lost-data',
  title: 'the data connection is lost in the middle of a row, twice',
  setting: {},
  needsData: true,
  async play(peer) {
    if (!(await takesRows(peer))) return;
    await peer.rows(10);
    for (let time = 0; time < 2; time += 1) {
      await peer.recorder.pause(SETTLE_MS);
      peer.step('lose-data');
      await peer.data.tear();
      const { recorder, data } = peer;
      if (!(await recorder.until('a new data connection', peer.within(RECONNECT_MS), () => data.connected))) return;
      await peer.rows(5);
    }
    await peer.recorder.pause(SETTLE_MS);
  },
};

export const dataRefused: Scenario = {
  id: 'data-refused',
  title: 'the first data handshake is refused',
  setting: { dataRefusals: 1 },
  needsData: true,
  async play(peer) {
    await peer.launch();
    if (!(await peer.running())) return;
    if (!(await peer.until('a data handshake', 15_000, isHandshake))) return;
    const from = peer.recorder.entries.findIndex(isHandshake) + 1;
    await peer.until('another data handshake', RECONNECT_MS, isHandshake, from);
  },
};

async function takesRows(peer: Peer): Promise<boolean> {
  await peer.launch();
  return (await peer.running()) && (await peer.connected());
}

function isHandshake(entry: Entry): boolean {
  return entry.kind === 'handshake';
}

function acknowledgesAll(entry: Entry): boolean {
  return entry.kind === 'ack' && entry.acked === entry.written;
}
