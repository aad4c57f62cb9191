import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { linesIn } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { answer, rowLines, ScriptedAegis, textOf } from './scripted-aegis.ts';
import { LANGUAGES } from './stage.ts';

const STATEMENT = { run: 1, from: 0, given: 0 };

describe.each(LANGUAGES)('the data connection of a component on the %s SDK', (language) => {
  async function rowsOf(aegis: ScriptedAegis, expected: readonly string[]): Promise<void> {
    await until(`${expected.length} rows`, () => linesIn(aegis.out).length >= expected.length);
    expect(linesIn(aegis.out)).toEqual(expected);
  }

  it('asks for numbers and says at once that it will acknowledge; it acknowledges what was handled, now and then', async () => {
    const aegis = await ScriptedAegis.start(async ({ socket }) => {
      socket.write(answer(STATEMENT));
      for (let row = 0; row < 100; row += 1) {
        socket.write(textOf(rowLines(row, row + 1)));
        await delay(5);
      }
    });
    const began = performance.now();
    const child = aegis.launch(language);
    await rowsOf(aegis, rowLines(0, 100));
    const [connection] = aegis.connections;
    await until('the last row is acknowledged', () => connection?.lines.at(-1) === '{"ack":100}');
    const tenths = (performance.now() - began) / 100;
    expect(connection?.handshake).toMatchObject({ component_id: 'cmp-scripted', seq: true, from: 'next' });
    const [first, ...others] = connection?.lines ?? [];
    expect(first).toBe('{"ack":0}');
    const numbers = others.map((line) => JSON.parse(line).ack);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(others.length).toBeLessThan(tenths + 1);
    expect(await aegis.shutdown(child)).toBe(0);
  });

  it('goes on with the next row of the run, and drops rows that it has', async () => {
    const aegis = await ScriptedAegis.start(({ place, socket }) => {
      if (place === 0) {
        // The run begins after the answer; the connection ends in the middle of a row.
        socket.write(answer());
        socket.write(textOf([JSON.stringify({ status: 'ok', ...STATEMENT, run: 3 }), ...rowLines(0, 40)]));
        socket.end('{"session_id":"scripted","topic":"ae');
      } else {
        socket.write(answer({ run: 3, from: 30, given: 41 }) + textOf(rowLines(30, 60)));
      }
    });
    const child = aegis.launch(language);
    await rowsOf(aegis, rowLines(0, 60));
    expect(aegis.connections[1]?.handshake).toMatchObject({ seq: true, from: 40, run: 3 });
    expect(await aegis.shutdown(child)).toBe(0);
  });

  it('takes rows that come in one piece with the answer, however few', async () => {
    const aegis = await ScriptedAegis.start(({ place, socket }) => {
      socket.write(answer({ ...STATEMENT, from: place }) + textOf(rowLines(place, place + 1)));
      if (place < 2) socket.end();
    });
    const child = aegis.launch(language);
    await rowsOf(aegis, rowLines(0, 3));
    expect(aegis.connections).toHaveLength(3);
    expect(await aegis.shutdown(child)).toBe(0);
  });

  it('that a last line with an error ends is opened again, without the loss of a row', async () => {
    const aegis = await ScriptedAegis.start(({ place, socket }) => {
      if (place === 0)
        socket.end(answer(STATEMENT) + textOf([...rowLines(0, 10), '{"status":"error","message":"no"}']));
      else socket.write(answer({ ...STATEMENT, from: 0 }) + textOf(rowLines(0, 20)));
    });
    const child = aegis.launch(language);
    await rowsOf(aegis, rowLines(0, 20));
    expect(await aegis.shutdown(child)).toBe(0);
  });

  it('that leaves out a row is not taken: the row is asked for', async () => {
    const aegis = await ScriptedAegis.start(({ place, socket }) => {
      const rows = place === 0 ? [...rowLines(0, 5), ...rowLines(5, 10)] : rowLines(10, 20);
      socket.write(answer({ ...STATEMENT, from: place === 0 ? 0 : 10 }) + textOf(rows));
      if (place === 0) setTimeout(() => socket.write(textOf(rowLines(12, 15))), 100);
    });
    const child = aegis.launch(language);
    await rowsOf(aegis, rowLines(0, 20));
    expect(aegis.connections[1]?.handshake).toMatchObject({ from: 10, run: 1 });
    expect(await aegis.shutdown(child)).toBe(0);
  });

  it('takes what there is when the rows that it asks for cannot be had any more', async () => {
    const message = 'invalid from: run 1 has ended and cannot be replayed';
    const aegis = await ScriptedAegis.start(({ place, socket }) => {
      if (place === 0) socket.end(`${JSON.stringify({ status: 'error', message })}\n`);
      else socket.write(answer({ run: 1, from: 90, given: 90 }) + textOf(rowLines(90, 95)));
    });
    const child = aegis.launch(language, ['--recovery', 'replay']);
    await rowsOf(aegis, rowLines(90, 95));
    expect(aegis.connections[0]?.handshake.from).toBe('start');
    expect(aegis.connections[1]?.handshake.from).toBeUndefined();
    expect(await aegis.shutdown(child)).toBe(0);
  });

  it('works with an Aegis that knows nothing of numbers: bytes are counted, and nothing is acknowledged', async () => {
    const rows = rowLines(0, 60, { numbers: false });
    const aegis = await ScriptedAegis.start(({ place, socket }) => {
      if (place === 0) socket.end(answer() + textOf(rows.slice(0, 40)) + rows[40]?.slice(0, 30));
      else socket.write(answer() + textOf(rows.slice(40)));
    });
    const child = aegis.launch(language);
    await rowsOf(aegis, rows);
    const [first, second] = aegis.connections;
    const ids = { component_id: 'cmp-scripted', session_token: 'scripted' };
    expect(second?.handshake).toEqual({ ...ids, received: textOf(rows.slice(0, 40)).length });
    expect(await aegis.shutdown(child)).toBe(0);
    expect(first?.lines).toEqual(['{"ack":0}']);
    expect(second?.lines).toEqual([]);
  });

  it('works with an Aegis that refuses a handshake with more than the two ids', async () => {
    const rows = rowLines(0, 10, { numbers: false });
    const aegis = await ScriptedAegis.start(({ handshake, socket }) => {
      if (handshake.seq === undefined) socket.write(answer() + textOf(rows));
      else socket.end('{"status":"error","message":"invalid handshake"}\n');
    });
    const child = aegis.launch(language);
    await rowsOf(aegis, rows);
    expect(await aegis.shutdown(child)).toBe(0);
  });
});
