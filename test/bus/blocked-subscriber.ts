import { connectHotBus } from '../../src/bus/hot/hot-bus.ts';

/** Subscribes, is busy for some seconds, and tells what it saw: `node blocked-subscriber.ts <url> <busy ms>`. */
const [url = '', busyMs = '0'] = process.argv.slice(2);
const bus = await connectHotBus({ url, name: 'blocked' });
bus.onStatus((status) => process.send?.(status));
bus.subscribe('last', () => process.send?.('last'));
bus.subscribe('flood', (message) => message.release());
await bus.flush();
process.on('disconnect', () => process.exit(0));
process.once('message', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(busyMs)));
process.send?.('ready');
