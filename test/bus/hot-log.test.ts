import { connectHotBus } from '../../src/bus/hot/hot-bus.ts';
import { describeLog } from './describe-log.ts';

describeLog('the log of a session, rows over the hot connection', connectHotBus);
