import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Bus, BusMessage, BusStatus } from '../../src/bus/bus.ts';
import type { BusOptions } from '../../src/bus/nats-bus.ts';
import { OwnNats } from '../orchestrator/own-nats.ts';
import { until } from '../orchestrator/until.ts';

export type Connect = (options: BusOptions) => Promise<Bus>;

/** What every client of NATS behind `Bus` must do. */
export function describeBus(what: string, connect: Connect): void {
  describe(what, () => {
    let nats: OwnNats;
    beforeAll(async () => {
      nats = await OwnNats.start();
    });
    afterAll(() => nats.kill());

    async function connected(name: string): Promise<Bus> {
      const bus = await connect({ url: nats.url, name });
      onTestFinished(() => bus.close());
      return bus;
    }

    it('keeps the order of messages over subjects, with their bytes and their epoch', async () => {
      const [from, to] = await Promise.all([connected('from'), connected('to')]);
      const seen: [string, string, number | undefined][] = [];
      to.subscribe('order.>', ({ subject, payload, epoch }) => {
        seen.push([subject, Buffer.from(payload).toString(), epoch]);
      });
      await to.flush();
      const large = 'x'.repeat(900_000);
      from.publish('order.a', Buffer.from('1'), { epoch: 7 });
      from.publish('order.b', Buffer.from(large), { epoch: 7 });
      from.publish('order.a', Buffer.from('3'));
      await until('all have arrived', () => seen.length === 3);
      expect(seen).toEqual([
        ['order.a', '1', 7],
        ['order.b', large, 7],
        ['order.a', '3', undefined],
      ]);
    });

    it('answers requests, and says so when nobody listens', async () => {
      const [asker, server] = await Promise.all([connected('asker'), connected('server')]);
      server.subscribe('question', (message: BusMessage) => message.respond(Buffer.from(`${message.payload} is 4`)));
      await server.flush();
      const answer = await asker.request('question', Buffer.from('2 + 2'), { timeoutMs: 1_000 });
      expect(Buffer.from(answer).toString()).toBe('2 + 2 is 4');
      await expect(asker.request('nobody', Buffer.alloc(0), { timeoutMs: 1_000 })).rejects.toMatchObject({
        code: 'TIMEOUT',
      });
    });

    it('drops what is published while the server is down, tells of loss and return, and restores subscriptions', async () => {
      const [from, to] = await Promise.all([connected('from'), connected('to')]);
      const seen: string[] = [];
      const statuses: BusStatus[] = [];
      to.subscribe('restart', ({ payload }) => seen.push(Buffer.from(payload).toString()));
      from.onStatus((status) => statuses.push(status));
      await nats.kill();
      await until('the loss is noticed', () => !from.connected && !to.connected);
      expect(from.publish('restart', Buffer.from('lost'))).toBe(false);
      await expect(from.request('restart', Buffer.alloc(0), { timeoutMs: 100 })).rejects.toMatchObject({
        code: 'DEPENDENCY_DOWN',
      });
      await nats.launch();
      await until('both are back', () => from.connected && to.connected);
      await to.flush();
      expect(from.publish('restart', Buffer.from('first after'))).toBe(true);
      await until('it has arrived', () => seen.length > 0);
      expect(seen).toEqual(['first after']);
      expect(statuses).toEqual(['down', 'up']);
    });

    it('closes within its limit although much is pending', async () => {
      for (let attempt = 0; attempt < 10; attempt++) {
        const bus = await connect({ url: nats.url, name: 'pending' });
        for (let message = 0; message < 500; message++) bus.publish('pending.rows', Buffer.alloc(1_000));
        await bus.close(1);
      }
    });

    it('closes within its limit although the server is gone', async () => {
      const bus = await connected('closing');
      await nats.kill();
      const before = performance.now();
      await bus.close(500);
      expect(performance.now() - before).toBeLessThan(2_000);
      await nats.launch();
    });

    it('fails at once when it is told not to wait for the server', async () => {
      const connecting = connect({ url: 'nats://127.0.0.1:1', name: 'nowhere', waitForServer: false });
      await expect(connecting).rejects.toMatchObject({ code: 'DEPENDENCY_DOWN' });
    });
  });
}
