import { measureAttach } from '../control/attach.ts';
import { measureLongHistory } from '../control/long-history.ts';
import { measureSessions } from '../control/sessions.ts';
import { measureStart } from '../control/start.ts';
import { plainBlock } from './plain-block.ts';

const SESSIONS = 200;

/** The control plane, with a Temporal, a NATS and an aegisd of its own for each case. */
export const control = plainBlock('control', {
  'control-start': ({ runs, tell }, folder) => measureStart({ folder, runs, onProgress: tell }),
  'control-attach': ({ runs, tell }, folder) => measureAttach({ folder, runs, onProgress: tell }),
  'control-history': ({ runs, tell }, folder) => measureLongHistory({ folder, runs, onProgress: tell }),
  'control-sessions': ({ minutes, tell }, folder) =>
    measureSessions({ folder, count: SESSIONS, minutes, onProgress: tell }),
});
