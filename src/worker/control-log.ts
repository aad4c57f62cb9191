import type { ControlLog } from '../gateway/control/control-log.ts';
import type { Log } from '../host/log.ts';

/** What the control server tells, as lines of aegisd's log. */
export function controlLog(log: Log): ControlLog {
  return ({ level, message, session, component }) => {
    const where = [session, component].filter((part) => part !== undefined).join('/');
    log(level, `control${where === '' ? '' : ` ${where}`}: ${message}`);
  };
}
