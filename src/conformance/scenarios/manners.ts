import { PONG_MS } from '../limits.ts';
import type { Manner } from '../peer/control-connection.ts';
import { isPong } from './lifecycle.ts';
import type { Scenario } from './scenario.ts';

/** Longer than a session that is busy takes for an answer, far below the 14 s that Aegis may take. */
const SLOW_MS = 1_500;

export const slowAnswers = talk('slow-answers', 'every answer comes after 1.5 s', { delayMs: SLOW_MS });
export const fragments = talk('fragments', 'messages come in pieces', { pieces: true });
export const joined = talk('joined', 'ACK and CONFIGURE come in one write', { joined: true });
export const emptyLines = talk('empty-lines', 'empty lines between messages', { emptyLines: true });

export const unknownFields: Scenario = {
  id: 'unknown-fields',
  title: 'messages and rows have more fields, in another order',
  setting: { manner: { unknownFields: true }, rowsWithUnknownFields: true },
  needsData: false,
  async play(peer) {
    await peer.launch();
    if (!(await peer.running()) || !(await peer.connected())) return;
    peer.step('one-write');
    await peer.rows(3);
    await peer.recorder.pause(500);
    await peer.rows(1);
    await peer.recorder.pause(200);
  },
};

export const byHand: Scenario = {
  id: 'by-hand',
  title: 'started by hand: REGISTERED gives the id',
  setting: { byHand: true },
  needsData: false,
  async play(peer) {
    await peer.launch();
    if (await peer.running()) await peer.connected();
  },
};

/** To RUNNING and the first PONG, with messages that travel in some manner. */
function talk(id: string, title: string, manner: Partial<Manner>): Scenario {
  return {
    id,
    title,
    setting: { manner },
    needsData: false,
    async play(peer) {
      await peer.launch();
      if (await peer.running()) await peer.until('PONG', PONG_MS + (manner.delayMs ?? 0), isPong);
    },
  };
}
