import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { linesIn } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { pythonWithPyarrow } from '../tape/pyarrow.ts';
import { answer, ScriptedAegis } from './scripted-aegis.ts';
import { type ScriptedConnection, SESSION_ID } from './scripted-sockets.ts';
import { arrowStream } from './speed/columns.ts';
import { TOPICS, tradeAt } from './speed/lines.ts';

const STATEMENT = { run: 1, from: 0, given: 0 };
const python = pythonWithPyarrow();
/** To load pyarrow takes its time on a busy machine. */
const WITHIN_MS = 180_000;
const NEEDS = ' (needs python3 and the package pyarrow)';
const CASES = [
  { language: 'typescript', style: 'hook', needs: '' },
  { language: 'typescript', style: 'iterate', needs: '' },
  { language: 'python', style: 'hook', needs: NEEDS },
  { language: 'python', style: 'iterate', needs: NEEDS },
  { language: 'python', style: 'async', needs: NEEDS },
] as const;

/** What the programs write of rows. */
function written(from: number, to: number, { run = 1, replayed = false } = {}): string[] {
  return Array.from({ length: to - from }, (_, index) => {
    const { topic, quantity } = tradeAt(from + index);
    return JSON.stringify([from + index, `aegis.${SESSION_ID}.${TOPICS[topic]}`, quantity, run, replayed]);
  });
}

/** As JSON.stringify writes it: Python writes `1.0`. */
function linesOf(out: string): string[] {
  return linesIn(out).map((line) => JSON.stringify(JSON.parse(line)));
}

function arrowAnswer(fields: object): string {
  return answer({ format: 'arrow', ...fields });
}

describe.each(CASES)(
  'columns on the $language SDK, style $style$needs',
  { timeout: WITHIN_MS },
  ({ language, style, needs }) => {
    const absent = needs !== '' && python === undefined;

    async function expectRows(
      script: (connection: ScriptedConnection) => void,
      expected: readonly string[],
      args: readonly string[] = [],
    ): Promise<ScriptedAegis> {
      const aegis = await ScriptedAegis.start(script);
      const child = aegis.launch(language, ['--style', style, ...args], 'columns', python);
      await until(`${expected.length} rows`, () => linesOf(aegis.out).length >= expected.length, WITHIN_MS);
      expect(linesOf(aegis.out)).toEqual(expected);
      expect(await aegis.shutdown(child)).toBe(0);
      return aegis;
    }

    it.skipIf(absent)('are asked for, come with their numbers, and are acknowledged', async () => {
      const stream = arrowStream(0, 500, 150);
      let connection: ScriptedConnection | undefined;
      const aegis = await expectRows(
        async (made) => {
          connection = made;
          made.socket.write(arrowAnswer(STATEMENT));
          for (let place = 0; place < stream.length; place += 777) {
            if (!made.socket.write(stream.subarray(place, place + 777))) await once(made.socket, 'drain');
            await new Promise(setImmediate);
          }
        },
        written(0, 500),
      );
      expect(connection?.handshake).toMatchObject({ format: 'arrow', from: 'next' });
      expect(connection?.handshake).not.toHaveProperty('seq');
      expect(aegis.connections[0]?.lines[0]).toBe('{"ack":0}');
      expect(aegis.connections[0]?.lines.at(-1)).toBe('{"ack":500}');
    });

    it.skipIf(absent)('go on with the next row when the connection is lost in a message', async () => {
      const aegis = await expectRows(
        ({ place, socket }) => {
          if (place === 0) {
            // The run begins after the answer.
            const stream = arrowStream(0, 300, 100);
            const statement = JSON.stringify({ status: 'ok', ...STATEMENT, run: 3 });
            socket.write(arrowAnswer({}));
            socket.end(Buffer.concat([Buffer.from(`${statement}\n`), stream.subarray(0, stream.length - 1_000)]));
          } else {
            socket.write(arrowAnswer({ run: 3, from: 150, given: 300 }));
            socket.write(arrowStream(150, 600, 100));
          }
        },
        written(0, 600, { run: 3 }),
      );
      expect(aegis.connections[1]?.handshake).toMatchObject({ format: 'arrow', from: 200, run: 3 });
    });

    it.skipIf(absent)('that an earlier process was given are apart from new ones', async () => {
      const expected = [...written(0, 130, { replayed: true }), '"caught up"', ...written(130, 200)];
      const aegis = await expectRows(
        ({ socket }) => {
          socket.write(arrowAnswer({ ...STATEMENT, given: 130 }));
          socket.write(arrowStream(0, 200, 50));
        },
        expected,
        ['--recovery', 'replay'],
      );
      expect(aegis.connections[0]?.handshake).toMatchObject({ from: 'start' });
    });

    it.skipIf(absent)('after which a line with an error comes are asked for again', async () => {
      await expectRows(
        ({ place, socket, handshake }) => {
          const from = Number(handshake.from === 'next' ? 0 : handshake.from);
          socket.write(arrowAnswer({ ...STATEMENT, from }));
          const error = Buffer.from('{"status":"error","message":"no"}\n');
          // Without the mark of its end.
          const stream = arrowStream(from, 20, 10).subarray(0, -8);
          if (place === 0) socket.end(Buffer.concat([stream, error]));
          else socket.write(stream);
        },
        written(0, 20),
      );
    });

    it.skipIf(absent)('that an older Aegis does not give end the component', async () => {
      const aegis = await ScriptedAegis.start(({ socket }) => {
        socket.write(answer(STATEMENT));
      });
      const child = aegis.launch(language, ['--style', style], 'columns', python);
      const [code] = await once(child, 'close');
      expect(code).toBe(1);
    });
  },
);

describe('without pyarrow', () => {
  it('a Python component that asks for columns ends, and its log says what to install', async ({ skip }) => {
    const aegis = await ScriptedAegis.start(() => undefined);
    const child = aegis.launch('python', ['--style', 'hook'], 'columns', undefined, 'pipe');
    const errors: Buffer[] = [];
    child.stderr?.on('data', (chunk) => errors.push(chunk));
    const [code] = await Promise.race([
      once(child, 'close'),
      until('it is connected', () => aegis.connections.length > 0),
    ]).then((ended) => (Array.isArray(ended) ? ended : ['connected']));
    if (code === 'connected') return skip('this python3 has pyarrow');
    expect(code).toBe(1);
    expect(Buffer.concat(errors).toString()).toContain("pip install 'aegis-sdk[arrow]'");
  });
});
