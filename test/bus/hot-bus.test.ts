import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Bus, BusStatus } from '../../src/bus/bus.ts';
import { connectHotBus } from '../../src/bus/hot/hot-bus.ts';
import { connectBus } from '../../src/bus/nats-bus.ts';
import { forkProcess } from '../orchestrator/child.ts';
import { OwnNats } from '../orchestrator/own-nats.ts';
import { until } from '../orchestrator/until.ts';
import { tempDir } from '../support/temp-dir.ts';
import { choppyProxy } from './choppy-proxy.ts';
import { type Connect, describeBus } from './describe-bus.ts';

describeBus('hot bus', connectHotBus);

async function connected(url: string, connect: Connect = connectHotBus): Promise<Bus> {
  const bus = await connect({ url, name: 'test' });
  onTestFinished(() => bus.close());
  return bus;
}

/** Listens, answers whoever connects with a text, and collects what comes. */
async function fakeServer(greeting: string): Promise<{ readonly url: string; readonly heard: Buffer[] }> {
  const heard: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => heard.push(bytes));
    socket.write(greeting);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `nats://me:secret@127.0.0.1:${address.port}`, heard };
}

describe('the hot connection and its server', () => {
  let nats: OwnNats;
  beforeAll(async () => {
    nats = await OwnNats.start();
  });
  afterAll(() => nats.kill());

  it('receives 10,000 messages whole and in order, in pieces of any length', async () => {
    const proxy = await choppyProxy(nats.url, 3_000);
    onTestFinished(() => proxy.close());
    const [from, to] = [await connected(nats.url), await connected(proxy.url)];
    const texts = Array.from({ length: 10_000 }, (_, index) => `${index} ${'x'.repeat((index * 7919) % 250)}`);
    const seen: string[] = [];
    to.subscribe('pieces.*', (message) => {
      seen.push(`${message.epoch ?? 0} ${Buffer.from(message.payload)}`);
      message.release();
    });
    await to.flush();
    for (const [index, text] of texts.entries()) {
      from.publish(`pieces.${index % 3}`, Buffer.from(text), index % 2 === 0 ? {} : { epoch: index });
    }
    await until('all have arrived', () => seen.length >= texts.length);
    expect(seen).toEqual(texts.map((text, index) => `${index % 2 === 0 ? 0 : index} ${text}`));
  });

  it('is received by the library, and receives from it', async () => {
    const [hot, library] = [await connected(nats.url), await connected(nats.url, connectBus)];
    const seen: [string, number | undefined][] = [];
    for (const bus of [hot, library]) {
      bus.subscribe('both', ({ payload, epoch }) => seen.push([Buffer.from(payload).toString(), epoch]));
      await bus.flush();
    }
    hot.publish('both', Buffer.from('hot'), { epoch: 3 });
    await until('the library has it', () => seen.length === 1);
    library.publish('both', Buffer.from('library'), { epoch: 4 });
    await until('the hot one has it', () => seen.length === 2);
    expect(seen).toEqual([
      ['hot', 3],
      ['library', 4],
    ]);
  });

  it('refuses a message that is larger than the server takes, and goes on', async () => {
    const bus = await connected(nats.url);
    const giant = Buffer.alloc((1 << 20) + 1);
    expect(() => bus.publish('giant', giant)).toThrow('a message of 1048577 bytes: NATS takes 1048576 at most');
    await expect(bus.request('giant', giant, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'STREAM_FAILED' });
    expect(bus.publish('giant', giant.subarray(1))).toBe(true);
    await bus.flush();
    expect(bus.connected).toBe(true);
  });

  it('refuses a subject that would be another line of the protocol', async () => {
    const bus = await connected(nats.url);
    expect(() => bus.publish('a 0\r\n\r\nPUB b', Buffer.alloc(0))).toThrow('is no NATS subject');
    expect(() => bus.subscribe('a 1\r\nSUB b', () => undefined)).toThrow('is no NATS subject');
  });

  it('survives kill -9 of the server while it publishes: down, up, and everything from then on arrives', async () => {
    const [from, to] = [await connected(nats.url), await connected(nats.url)];
    const statuses: BusStatus[] = [];
    from.onStatus((status) => statuses.push(status));
    let last = '';
    to.subscribe('killed', ({ payload }) => {
      last = Buffer.from(payload.subarray(0, 9)).toString();
    });
    await to.flush();
    const large = Buffer.alloc(200_000);
    let sent = 0;
    const publishing = setInterval(() => {
      for (let count = 0; count < 20; count++) from.publish('killed', large, { epoch: ++sent });
    }, 1);
    onTestFinished(() => clearInterval(publishing));
    await until('it flows', () => last !== '');
    await nats.kill();
    await until('the loss is noticed', () => statuses.length > 0);
    expect(from.publish('killed', large)).toBe(false);
    await nats.launch();
    await until('both are back', () => from.connected && to.connected);
    clearInterval(publishing);
    await until('there is room again', () => from.publish('killed', Buffer.from('after all')));
    await until('it has arrived', () => last === 'after all');
    expect(statuses).toEqual(['down', 'up']);
  });

  it('ends a request at once when the connection is lost', async () => {
    const [asker, silent] = [await connected(nats.url), await connected(nats.url)];
    let asked = 0;
    silent.subscribe('silence', () => {
      asked += 1;
    });
    await silent.flush();
    const answer = asker.request('silence', Buffer.alloc(0), { timeoutMs: 600_000 });
    const ended = expect(answer).rejects.toMatchObject({ code: 'DEPENDENCY_DOWN' });
    await until('it is asked', () => asked === 1);
    await nats.kill();
    await ended;
    await nats.launch();
  });

  it('times out when somebody listens and does not answer', async () => {
    const [asker, silent] = [await connected(nats.url), await connected(nats.url)];
    silent.subscribe('silence', () => undefined);
    await silent.flush();
    await expect(asker.request('silence', Buffer.alloc(0), { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'no answer over NATS within 50 ms',
    });
  });

  it('has its subscriptions again when it says that it is up', async () => {
    const [from, to] = [await connected(nats.url), await connected(nats.url)];
    let seen = 0;
    to.subscribe('again', () => {
      seen += 1;
    });
    const gone = to.subscribe('gone', () => undefined);
    await to.flush();
    gone.close();
    const up = new Promise<void>((resolve) => to.onStatus((status) => status === 'up' && resolve()));
    await nats.kill();
    await until('the loss is noticed', () => !to.connected && !from.connected);
    await nats.launch();
    await Promise.all([up, until('the other is back', () => from.connected)]);
    from.publish('again', Buffer.from('1'));
    await from.flush();
    await until('it has arrived', () => seen === 1);
    await expect(from.request('gone', Buffer.alloc(0), { timeoutMs: 5_000 })).rejects.toThrow('nobody listens');
  });

  it('drops what a server that does not read leaves it with, and leaves a server that answers no ping', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const bus = await connected(nats.url);
    const statuses: BusStatus[] = [];
    bus.onStatus((status) => statuses.push(status));
    nats.signal('SIGSTOP');
    onTestFinished(() => nats.signal('SIGCONT'));
    const large = Buffer.alloc(1_000_000);
    let taken = 0;
    while (taken < 200 && bus.publish('stopped', large)) taken += 1;
    expect(taken).toBeGreaterThan(60);
    expect(taken).toBeLessThan(100);
    expect(bus.connected).toBe(true);
    vi.advanceTimersByTime(10_000);
    expect(statuses).toEqual([]);
    vi.advanceTimersByTime(5_000);
    expect(statuses).toEqual(['down']);
    nats.signal('SIGCONT');
    await until('it is back', () => bus.connected);
    expect(bus.publish('stopped', large)).toBe(true);
  });
});

describe('the hot connection and a server with its own rules', () => {
  it('comes back when it was too slow for the server', async () => {
    const config = join(tempDir(), 'nats.conf');
    writeFileSync(config, 'max_pending: 1MB\nwrite_deadline: "200ms"\n');
    const server = await OwnNats.start(['-c', config]);
    onTestFinished(() => server.kill());
    const from = await connected(server.url);
    const slow = forkProcess<string>('test/bus/blocked-subscriber.ts', undefined, [server.url, '1000']);
    onTestFinished(() => void slow.child.kill('SIGKILL'));
    await until('it has subscribed', () => slow.messages.includes('ready'));
    slow.child.send('block');
    // Until the server has cut it off it hears nothing of what comes.
    const flood = setInterval(() => {
      for (let count = 0; count < 50; count++) from.publish('flood', Buffer.alloc(100_000));
    }, 10);
    onTestFinished(() => clearInterval(flood));
    await until('it has lost its connection', () => slow.messages.includes('down'));
    clearInterval(flood);
    await until('it is back', () => slow.messages.includes('up'));
    from.publish('last', Buffer.alloc(0));
    await until('it receives', () => slow.messages.includes('last'));
    expect(slow.messages).toEqual(['ready', 'down', 'up', 'last']);
  });

  it.each([
    ['a user and a password', ['--user', 'me', '--pass', 's%cret'], 'me:s%25cret', 'me:wrong'],
    ['a token', ['--auth', 'tok3n'], 'tok3n', 'wrong'],
  ])('is let in with %s, and not with a wrong one', async (_, args, right, wrong) => {
    const server = await OwnNats.start(args);
    onTestFinished(() => server.kill());
    const withCredentials = (credentials: string) => server.url.replace('//', `//${credentials}@`);
    for (const connect of [connectHotBus, connectBus]) {
      const bus = await connected(withCredentials(right), connect);
      await bus.flush();
      const refused = connect({ url: withCredentials(wrong), name: 'test' });
      await expect(refused).rejects.toMatchObject({ code: 'DEPENDENCY_DOWN', where: server.url });
      await expect(refused).rejects.not.toThrow(/wrong/);
    }
  });

  it('says nothing in clear to a server that encrypts', async () => {
    const { url, heard } = await fakeServer(
      'INFO {"proto":1,"version":"2.14.5","headers":true,"max_payload":1048576,"tls_required":true}\r\n',
    );
    const connecting = connectHotBus({ url, name: 'test', waitForServer: false });
    connecting.catch(() => undefined);
    await until('it begins to encrypt', () => heard.length > 0);
    const TLS_HANDSHAKE = 0x16;
    expect(heard[0]?.[0]).toBe(TLS_HANDSHAKE);
    expect(Buffer.concat(heard).toString('latin1')).not.toContain('secret');
  });

  it('says what is wrong with a server that does not speak NATS', async () => {
    const { url } = await fakeServer('220 mail.example.org ESMTP\r\n');
    await expect(connectHotBus({ url, name: 'test', waitForServer: false })).rejects.toThrow(
      'the server does not speak NATS: "220 mail.example.org',
    );
  });
});
