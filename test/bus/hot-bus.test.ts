import { connectHotBus } from '../../src/bus/hot/hot-bus.ts';
import { describeBus } from './describe-bus.ts';

describeBus('hot bus', connectHotBus);
