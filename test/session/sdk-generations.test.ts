import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { componentLogPath } from '../../src/model/run-status.ts';
import type { LaunchSpec, Session } from '../../src/model/session.ts';
import { processesOf, pythonComponent, startTestAegis, type TestAegis, topicsArgs } from '../support/aegis.ts';
import { firstDifference, independentHash } from '../support/independent.ts';
import {
  type Attached,
  type Declaration,
  expectedLines,
  received,
  runToEnd,
  sample,
  spec,
  topicsOf,
} from '../support/session-run.ts';
import { type Built, build, hasToolchain } from '../support/toolchains.ts';

const COMPONENTS = resolve(import.meta.dirname, '../support/components');
/** Ten rows: the smallest data, in which a row lost at either end shows. */
const TEN = { symbols: ['BTCUSDT'], streams: ['trades'] };
const BOTH = { symbols: ['BTCUSDT', 'ETHUSDT'], streams: ['aggTrades', 'trades'] };

interface Client {
  readonly what: string;
  /** Generation of SDKs. */
  readonly style: string;
  /** Default: the style. */
  readonly name?: string;
  readonly declared: Declaration;
  readonly rows: number;
  readonly args?: readonly string[];
  /** Processes that two runs take: those that ignore REBORN are started anew. */
  readonly incarnations: 1 | 2;
}

const CLIENTS: readonly Client[] = [
  { what: 'waits for each ACK', style: 'waits', declared: TEN, rows: 10, incarnations: 1 },
  {
    what: 'opens its data connection a second late',
    style: 'waits',
    name: 'late',
    declared: TEN,
    rows: 10,
    args: ['--data-delay', '1'],
    incarnations: 1,
  },
  {
    what: 'waits for nothing and half-closes its data socket',
    style: 'pipelined',
    declared: BOTH,
    rows: 32,
    incarnations: 1,
  },
  { what: 'takes a fresh decoder for each message', style: 'fresh_decoder', declared: BOTH, rows: 32, incarnations: 2 },
];
const WITHOUT_DATA = [
  { what: 'never says INITIALIZING and READY', style: 'legacy' },
  { what: 'has its own variable names, waits for one ACK and has no data client', style: 'asyncio_sdk' },
] as const;

type Language = 'Python' | 'Go' | 'Rust';
const LANGUAGES = [
  { language: 'Python', present: true },
  { language: 'Go', present: hasToolchain('go') },
  { language: 'Rust', present: hasToolchain('rust') },
] as const;
const PRESENT = LANGUAGES.filter(({ present }) => present).map(({ language }) => language);

const nameOf = (language: Language, { style, name = style }: { readonly style: string; readonly name?: string }) =>
  `${language.toLowerCase()}-${name}`;

describe('one session with a component of each SDK generation, in each language', () => {
  let aegis: TestAegis;
  let session: SessionHandle;
  let folder: string;
  let first: Session;
  const programs = new Map<Language, Built>();
  const attached = new Map<string, Attached>();
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aegis-generations-'));
    for (const language of PRESENT) await buildPrograms(language);
    aegis = await startTestAegis();
    await sample(aegis, { symbols: BOTH.symbols, trades: 10 });
    // The time that is granted to those without a data client.
    session = await aegis.create(spec({ dataGraceMs: 4_000 }));
    for (const language of PRESENT) {
      for (const client of CLIENTS) await attachClient(language, client);
      for (const client of WITHOUT_DATA) await attachClient(language, { ...client, declared: TEN });
    }
    first = await runToEnd(session);
  }, 240_000);
  afterAll(async () => {
    await aegis?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  async function buildPrograms(language: Language): Promise<void> {
    if (language === 'Python') return;
    const toolchain = language === 'Go' ? 'go' : 'rust';
    const out = mkdtempSync(join(folder, `${toolchain}-`));
    const source = join(COMPONENTS, toolchain);
    programs.set(language, await build({ toolchain, source, folder: out, name: 'generations' }));
  }

  function launchOf(language: Language, style: string, out: string, args: readonly string[]): LaunchSpec {
    const built = programs.get(language);
    if (built === undefined) return pythonComponent(style, out, args);
    const { program, args: before } = built;
    return { program, args: [...before, '--generation', style, '--out', out, ...args], cwd: folder, env: {} };
  }

  async function attachClient(
    language: Language,
    client: Pick<Client, 'style' | 'name' | 'declared' | 'args'>,
  ): Promise<void> {
    const { style, declared, args = [] } = client;
    const name = nameOf(language, client);
    const out = join(aegis.home, `${name}.ndjson`);
    const topics = topicsArgs({ symbols: [...declared.symbols], streams: [...declared.streams] });
    const launch = launchOf(language, style, out, [...topics, ...args]);
    attached.set(name, { ...(await session.attach({ name, launch })), out });
  }

  function attachedAs(name: string): Attached {
    const component = attached.get(name);
    if (component === undefined) throw new Error(`${name} is not attached`);
    return component;
  }

  const seenIn = (state: Session, name: string) => state.components.find((component) => component.name === name);

  describe.each(LANGUAGES)('in $language (skipped without its toolchain)', ({ language, present }) => {
    it.skipIf(!present).each(CLIENTS)('one that $what gets its own topics, whole and in order', async (client) => {
      const name = nameOf(language, client);
      const expected = expectedLines(aegis, first.id, client.declared);
      expect(expected).toHaveLength(client.rows);
      const component = attachedAs(name);
      expect(firstDifference(await received(component, expected), expected)).toBeUndefined();
      const stream = { rows: client.rows, hash: independentHash(expected) };
      expect(first.summary?.components[component.id]).toMatchObject(stream);
      expect(seenIn(first, name)).toMatchObject({ state: 'RUNNING', topics: topicsOf(client.declared) });
    });

    it.skipIf(!present).each(WITHOUT_DATA)(
      'one that $what is RUNNING and does not hold the others up',
      async ({ style }) => {
        const name = nameOf(language, { style });
        expect(seenIn(first, name)).toMatchObject({ state: 'RUNNING', incarnation: 1, topics: ['trades.BTCUSDT'] });
        const events = await session.events();
        expect(events.filter(({ event, component }) => event === 'dataAbsent' && component === name)).toHaveLength(1);
      },
    );
  });

  it('starts those anew as processes that ignore REBORN, and every run is whole', async () => {
    const second = await runToEnd(session);
    for (const language of PRESENT) {
      for (const client of CLIENTS) {
        const name = nameOf(language, client);
        const once = expectedLines(aegis, second.id, client.declared);
        const twice = [...once, ...once];
        const component = attachedAs(name);
        expect(firstDifference(await received(component, twice), twice), name).toBeUndefined();
        expect(second.summary?.components[component.id], name).toEqual(first.summary?.components[component.id]);
        expect(seenIn(second, name)?.incarnation, name).toBe(client.incarnations);
      }
      for (const client of WITHOUT_DATA) expect(seenIn(second, nameOf(language, client))?.incarnation).toBe(2);
    }
  }, 240_000);

  it('ends for good at SHUTDOWN: no component returns, no process is left', async () => {
    await session.shutdown();
    const ended = await session.ended();
    expect(ended.components.map(({ state }) => state)).toEqual(ended.components.map(() => 'SHUTDOWN'));
    expect(processesOf(aegis.home).filter((line) => line.includes('.ndjson'))).toEqual([]);
    const last = (name: string) =>
      JSON.parse(
        readFileSync(componentLogPath(aegis.home, session.name, name), 'utf8')
          .trimEnd()
          .split('\n')
          .at(-1) ?? '',
      );
    for (const language of PRESENT) {
      const waits = { end: 'shutdown', rows: 20, connections: 1 };
      expect(last(nameOf(language, { style: 'waits' })), language).toMatchObject(waits);
      expect(last(nameOf(language, { style: 'pipelined' })), language).toMatchObject({ ...waits, rows: 64 });
    }
  }, 240_000);
});
