import { connectBus } from '../../src/bus/nats-bus.ts';
import { describeLog } from './describe-log.ts';

describeLog('the log of a session', connectBus);
