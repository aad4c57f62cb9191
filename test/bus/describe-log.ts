import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { BusLog, LogMessage } from '../../src/bus/log.ts';
import type { LogPosition } from '../../src/model/wire/live-log.ts';
import { OwnJetStream } from '../support/own-jetstream.ts';
import { until } from '../support/until.ts';
import type { Connect } from './describe-bus.ts';

const LIMITS = { maxAgeMs: 3_600_000, maxBytes: 64 << 20 };

/** What the log of a session must do, over every client of NATS. */
export function describeLog(what: string, connect: Connect): void {
  describe(what, () => {
    let home: string;
    let server: OwnJetStream;
    let session = '';
    let subject = '';
    let sessions = 0;

    beforeAll(async () => {
      home = mkdtempSync(join(tmpdir(), 'aegis-test-'));
      server = await OwnJetStream.start(home, connect);
    });

    afterAll(async () => {
      await server?.stop();
      rmSync(home, { recursive: true, force: true });
    });

    beforeEach(() => {
      // A stream that is removed and made again under the same name may answer twice for a moment.
      session = `s${++sessions}`;
      subject = `aegis.${session}.trades.BTCUSDT`;
    });

    /** A log of its own for a test, empty. */
    async function newLog(limits = LIMITS): Promise<BusLog> {
      const bus = await server.connect('log');
      const log = bus.log(session);
      await log.open(limits);
      onTestFinished(() => log.remove());
      return log;
    }

    function row(seq: number, rows = 1): LogPosition {
      return { run: 1, epoch: 1, seq, rows, ts: 1_700_000_000_000 + seq };
    }

    /** Messages of one row each, `first` being both place and row number plus one. */
    function append(log: BusLog, count: number, first = 1): void {
      for (let place = first; place < first + count; place++) {
        const payload = Buffer.from(`row ${place - 1}\n`);
        expect(log.append({ subject, payload, at: row(place - 1), after: place - 1 })).toBe(true);
      }
    }

    async function reaches(log: BusLog, last: number): Promise<void> {
      await until(`the log reaches ${last}`, async () => (await log.extent()).last === last);
    }

    async function readAll(log: BusLog, from = 1): Promise<LogMessage[]> {
      const all: LogMessage[] = [];
      for await (const batch of log.read(from, { signal: AbortSignal.timeout(10_000), follow: false }))
        all.push(...batch);
      return all;
    }

    it('keeps what is sent without waiting, with its subject, bytes and position', async () => {
      const log = await newLog();
      expect(await log.extent()).toEqual({ first: 1, last: 0 });
      append(log, 3);
      await reaches(log, 3);
      const message = await log.at(2);
      expect(message).toMatchObject({ subject, at: row(1), place: 2 });
      expect(Buffer.from(message?.payload ?? []).toString()).toBe('row 1\n');
      expect(await log.at(4)).toBeUndefined();
    });

    it('tells core subscribers at once where a message stands', async () => {
      const log = await newLog();
      const bus = await server.connect('reader');
      const seen: (LogPosition | undefined)[] = [];
      bus.subscribe(`aegis.${session}.trades.>`, ({ at }) => seen.push(at));
      await bus.flush();
      append(log, 2);
      await until('both have come', () => seen.length === 2);
      expect(seen).toEqual([row(0), row(1)]);
    });

    it('keeps messages that may wait in their place, whether others push them on or time does', async () => {
      const log = await newLog();
      const send = (seq: number, mayWait: boolean) =>
        expect(log.append({ subject, payload: Buffer.from(`${seq}`), at: row(seq), after: seq, mayWait })).toBe(true);
      for (const [seq, mayWait] of [true, true, false, true, true].entries()) send(seq, mayWait);
      await reaches(log, 5);
      expect((await readAll(log)).map(({ at }) => at.seq)).toEqual([0, 1, 2, 3, 4]);
    });

    it('keeps no message after a gap, and none of a second writer', async () => {
      const log = await newLog();
      append(log, 2);
      log.append({ subject, payload: Buffer.from('after a gap'), at: row(7), after: 7 });
      await reaches(log, 2);
      const late = { subject, payload: Buffer.from('late'), at: row(1), after: 1 };
      expect(await log.appendAcked(late)).toBe('stale');
      expect(await log.appendAcked({ ...late, at: row(2), after: 2 })).toEqual({ place: 3 });
      expect((await readAll(log)).map(({ at }) => at.seq)).toEqual([0, 1, 2]);
    });

    it('keeps nothing of a series whose beginning it has not kept, though the places are right', async () => {
      const log = await newLog();
      append(log, 1);
      // Where the two ways of appending are two connections, one may overtake the other.
      await reaches(log, 1);
      const other = { subject, payload: Buffer.from('another'), at: { ...row(1), epoch: 2 }, after: 1 };
      expect(await log.appendAcked(other)).toEqual({ place: 2 });
      for (const seq of [1, 2, 3]) {
        log.append({ subject, payload: Buffer.from('x'), at: row(seq), after: seq, previous: row(seq - 1) });
      }
      expect(await log.appendAcked({ ...other, at: { ...row(2), epoch: 2 }, after: 2, previous: other.at })).toEqual({
        place: 3,
      });
      expect((await readAll(log)).map(({ at }) => at.epoch)).toEqual([1, 2, 2]);
      const late = { ...other, at: row(4), after: 3, previous: row(3) };
      expect(await log.appendAcked(late)).toBe('stale');
    });

    it('finds the newest message on a subject', async () => {
      const log = await newLog();
      append(log, 5);
      await reaches(log, 5);
      expect(await log.lastOn(subject)).toMatchObject({ place: 5, at: row(4) });
      expect(await log.lastOn(`aegis.${session}.trades.ETHUSDT`)).toBeUndefined();
    });

    it('finds the message that holds a row, of this run only', async () => {
      const log = await newLog();
      const rows = [1, 3, 0, 5, 1, 2];
      let seq = 0;
      for (const [index, count] of rows.entries()) {
        log.append({ subject, payload: Buffer.from('x'), at: row(seq, count), after: index });
        seq += count;
      }
      await reaches(log, rows.length);
      const places = [];
      for (let wanted = 0; wanted <= seq; wanted++) places.push(await log.find(1, wanted));
      expect(places).toEqual([1, 2, 2, 2, 4, 4, 4, 4, 4, 5, 6, 6, undefined]);
      expect(await log.find(2, 0)).toBeUndefined();
      expect(await log.find(0, 0)).toBeUndefined();
    });

    it('reads in batches from any place, and waits for what comes', async () => {
      const log = await newLog();
      append(log, 1_000);
      await reaches(log, 1_000);
      const stop = new AbortController();
      const sizes: number[] = [];
      const seen: number[] = [];
      for await (const batch of log.read(301, { signal: stop.signal, maxMessages: 300 })) {
        sizes.push(batch.length);
        seen.push(...batch.map(({ at }) => at.seq));
        if (seen.length === 700) append(log, 2, 1_001);
        if (seen.length === 702) stop.abort();
      }
      expect(seen).toEqual(Array.from({ length: 702 }, (_, index) => 300 + index));
      expect(Math.max(...sizes)).toBe(300);
    });

    it('steps over messages that somebody else has published', async () => {
      const log = await newLog();
      const bus = await server.connect('stranger');
      append(log, 2);
      await reaches(log, 2);
      bus.publish(subject, Buffer.from('no position'));
      await reaches(log, 3);
      append(log, 2, 4);
      await reaches(log, 5);
      expect((await readAll(log)).map(({ place }) => place)).toEqual([1, 2, 4, 5]);
      expect(await log.at(3)).toBeUndefined();
      expect(await log.from(3)).toMatchObject({ place: 4 });
      expect(await log.from(6)).toBeUndefined();
      expect(await log.find(1, 3)).toBe(4);
    });

    it('discards the oldest beyond its bytes; a reader sees that rows are gone', async () => {
      const log = await newLog({ maxAgeMs: 3_600_000, maxBytes: 100_000 });
      const payload = Buffer.alloc(1_000, 'x');
      for (let place = 1; place <= 300; place++) log.append({ subject, payload, at: row(place - 1), after: place - 1 });
      await reaches(log, 300);
      const { first } = await log.extent();
      expect(first).toBeGreaterThan(200);
      expect((await readAll(log))[0]).toMatchObject({ place: first, at: row(first - 1) });
      expect(await log.at(1)).toBeUndefined();
      expect(await log.from(1)).toMatchObject({ place: first, at: row(first - 1) });
      expect(await log.find(1, 0)).toBeUndefined();
      expect(await log.find(1, 299)).toBe(300);
    });

    it('goes on at its place after it was emptied', async () => {
      const log = await newLog();
      append(log, 4);
      await reaches(log, 4);
      await log.purge();
      expect(await log.extent()).toEqual({ first: 5, last: 4 });
      append(log, 1, 5);
      await reaches(log, 5);
      expect(await log.find(1, 4)).toBe(5);
    });

    it('is the same after kill -9 of the server; a reader and a writer go on', async () => {
      const log = await newLog();
      append(log, 500);
      await reaches(log, 500);
      const stop = new AbortController();
      const seen: number[] = [];
      const reading = (async () => {
        for await (const batch of log.read(1, { signal: stop.signal })) seen.push(...batch.map(({ at }) => at.seq));
      })();
      await until('all is read', () => seen.length === 500);
      await server.kill();
      await until(
        'the loss is noticed',
        () => log.append({ subject, payload: Buffer.alloc(1), at: row(999), after: 9 }) === false,
      );
      await expect(log.extent()).rejects.toMatchObject({ code: 'DEPENDENCY_DOWN' });
      await server.launch();
      await until('it is back', () => log.extent().catch(() => undefined));
      append(log, 10, 501);
      await until('the reader goes on', () => seen.length === 510);
      stop.abort();
      await reading;
      expect(seen).toEqual(Array.from({ length: 510 }, (_, index) => index));
    });

    it('goes on with a reader whose last messages a loss of power has taken', async () => {
      const log = await newLog();
      append(log, 10);
      await reaches(log, 10);
      const saved = join(home, 'saved');
      await server.kill();
      cpSync(server.store, saved, { recursive: true });
      await server.launch();
      await until('it is back', () => log.extent().catch(() => undefined));
      append(log, 10, 11);
      await reaches(log, 20);
      const stop = new AbortController();
      const places: number[] = [];
      const reading = (async () => {
        for await (const batch of log.read(1, { signal: stop.signal })) places.push(...batch.map(({ place }) => place));
      })();
      await until('all is read', () => places.length === 20);
      await server.kill();
      rmSync(server.store, { recursive: true });
      renameSync(saved, server.store);
      await server.launch();
      const { last } = await until('it is back', () => log.extent().catch(() => undefined));
      expect(last).toBe(10);
      // What comes before the reader has looked anew, a moment after the connection is back, it does not see.
      await until('the reader has come back', async () => {
        const { last: end } = await log.extent();
        append(log, 1, end + 1);
        return until('it reads', () => places.length > 20, 400).catch(() => false);
      });
      stop.abort();
      await reading;
      expect(places[20]).toBeLessThan(21);
    });

    it('is gone when it was removed, and says so', async () => {
      const log = await newLog();
      await log.remove();
      await log.remove();
      await expect(log.extent()).rejects.toMatchObject({ code: 'STREAM_FAILED' });
    });
  });
}
