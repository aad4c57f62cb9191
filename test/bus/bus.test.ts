import { connectBus } from '../../src/bus/nats-bus.ts';
import { describeBus } from './describe-bus.ts';

describeBus('bus', connectBus);
