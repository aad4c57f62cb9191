import { PING } from '../../model/protocol/outgoing.ts';
import { PONG_MS } from '../limits.ts';
import type { Peer } from '../peer/peer.ts';
import type { Entry } from '../transcript.ts';
import { isPong } from './lifecycle.ts';
import type { Scenario } from './scenario.ts';

/** SDKs come back after 0.5 to 3 s. */
const RECONNECT_MS = 10_000;
/** How long a refused component is watched: it would try again after 3 s. */
const WATCHED_MS = 5_000;
/** A component may give Aegis up after 25 s without a message. */
const SILENCE_MS = 8_000;
const ROW_EVERY_MS = 500;
const SETTLE_MS = 200;

export const recoverableError: Scenario = {
  id: 'recoverable-error',
  title: 'an ERROR that is recoverable',
  setting: {},
  needsData: false,
  async play(peer) {
    if (!(await runs(peer))) return;
    const from = peer.recorder.entries.length;
    peer.step('recoverable-error');
    peer.send(error('STATE_TRANSITION_FAILED', 'sent by the check: go on', true));
    peer.send(PING);
    await peer.until('PONG', PONG_MS, isPong, from);
    await peer.recorder.pause(1_000);
  },
};

export const finalError: Scenario = {
  id: 'final-error',
  title: 'an ERROR that ends the connection',
  setting: {},
  needsData: false,
  async play(peer) {
    if (!(await runs(peer))) return;
    await lose(peer, async () => {
      peer.step('final-error');
      peer.send(error('INTERNAL_ERROR', 'sent by the check: connect again', false));
      await peer.control?.drop();
    });
  },
};

export const lostControl: Scenario = {
  id: 'lost-control',
  title: 'the control connection is lost',
  setting: {},
  needsData: false,
  async play(peer) {
    if (!(await runs(peer))) return;
    await lose(peer, async () => {
      peer.step('lose-control');
      await peer.control?.drop();
    });
  },
};

export const silence: Scenario = {
  id: 'silence',
  title: 'Aegis says nothing for 8 s',
  setting: {},
  needsData: false,
  async play(peer) {
    if (!(await runs(peer))) return;
    peer.step('silence');
    peer.control?.silence(true);
    for (let waited = 0; waited < SILENCE_MS; waited += ROW_EVERY_MS) {
      // The stream goes on: only the control connection is silent.
      await peer.rows(1);
      await peer.recorder.pause(ROW_EVERY_MS);
    }
    const from = peer.recorder.entries.length;
    peer.control?.silence(false);
    peer.send(PING);
    await peer.until('PONG or a new connection', PONG_MS, (entry) => isPong(entry) || isOpened(entry), from);
  },
};

export const refused: Scenario = {
  id: 'refused',
  title: 'REGISTER is refused',
  setting: { admission: 'refuse' },
  needsData: false,
  async play(peer) {
    await peer.launch();
    if (!(await peer.until('REGISTER', 30_000, isClosed))) return;
    const from = peer.recorder.entries.length;
    await peer.until(
      'the end of the program',
      WATCHED_MS,
      (entry) => entry.kind === 'ended' || isRegister(entry),
      from,
    );
  },
};

export const notReady: Scenario = {
  id: 'not-ready',
  title: 'Aegis is starting: the connection ends without an answer',
  setting: { admission: 'unavailable' },
  needsData: false,
  async play(peer) {
    await peer.launch();
    await peer.until('REGISTER', 30_000, isClosed);
    peer.admit('accept');
    const from = peer.recorder.entries.length;
    if (await peer.until('a new connection', RECONNECT_MS, isOpened, from)) await peer.running(from);
  },
};

async function runs(peer: Peer): Promise<boolean> {
  await peer.launch();
  if (!(await peer.running())) return false;
  if (await peer.connected()) await peer.rows(1);
  await peer.recorder.pause(SETTLE_MS);
  return true;
}

/** The end of the connection, and the component's way back to RUNNING. */
async function lose(peer: Peer, end: () => Promise<void>): Promise<void> {
  const from = peer.recorder.entries.length;
  await end();
  if (!(await peer.until('a new connection', RECONNECT_MS, isOpened, from))) return;
  await peer.running(from);
  await peer.recorder.pause(SETTLE_MS);
}

function error(code: 'STATE_TRANSITION_FAILED' | 'INTERNAL_ERROR', message: string, recoverable: boolean) {
  return { type: 'ERROR', command: 'RUNTIME_ERROR', payload: { code, message, recoverable } } as const;
}

function isRegister(entry: Entry): boolean {
  return entry.kind === 'message' && entry.fields.command === 'REGISTER';
}

function isOpened(entry: Entry): boolean {
  return entry.kind === 'opened' && entry.socket === 'control';
}

function isClosed(entry: Entry): boolean {
  return entry.kind === 'closed' && entry.socket === 'control';
}
