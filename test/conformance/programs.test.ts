import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { inParallel } from '../../src/conformance/in-parallel.ts';
import type { CheckReport } from '../../src/conformance/report.ts';
import { compiledBefore } from '../support/compiled-before.ts';
import { type CheckedProgram, checkProgram, idsOf, inPython, PROGRAMS } from './check-program.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const TOPICS = { SYMBOLS: 'BTCUSDT,ETHUSDT', STREAMS: 'trades,klines', TIMEFRAMES: '1m' };

/** What an example lacks that shows the protocol in forty lines. */
const EXAMPLE = [
  ...['control.empty-lines', 'control.error.final', 'control.reconnect', 'control.not-ready'],
  ...['data.refused', 'data.reconnect', 'data.reborn'],
];
/** Aegis deals with these habits of the earlier Go and Python SDKs: it ends them, and starts them anew. */
const EARLIER = ['process.shutdown.ends', 'control.reborn.ack'];

interface Program extends Pick<CheckedProgram, 'program' | 'args' | 'env'> {
  readonly name: string;
  readonly dialect?: 'binary';
  /** The SHOULDs that it breaks. */
  readonly breaks: readonly string[];
}

const PROGRAMS_THAT_WORK: readonly Program[] = [
  { name: 'every rule kept', ...inPython(join(PROGRAMS, 'component.py'), 'plain'), breaks: [] },
  { name: 'a configuration while it runs', ...inPython(join(PROGRAMS, 'component.py'), 'reconfigurable'), breaks: [] },
  { name: 'a configuration refused', ...inPython(join(PROGRAMS, 'component.py'), 'refusing'), breaks: [] },
  { name: 'numbers and acknowledgements', ...inPython(join(PROGRAMS, 'component.py'), 'numbered'), breaks: [] },
  generation('waits', ['control.empty-lines']),
  generation('pipelined', ['control.empty-lines']),
  generation('fresh_decoder', [...EARLIER, 'data.reconnect', 'data.reborn']),
  { ...generation('asyncio_sdk', ['control.empty-lines', ...EARLIER]), env: {} },
  { ...generation('legacy', ['control.states.initializing', 'control.empty-lines']), env: {} },
  { ...generation('binary', []), dialect: 'binary' },
  { name: 'examples/python', program: join(ROOT, 'examples/python/counter.py'), args: [], breaks: EXAMPLE },
  { name: 'examples/typescript', ...inNode(join(ROOT, 'examples/typescript/counter.ts')), breaks: EXAMPLE },
  {
    name: 'Python SDK',
    ...inPython(join(PROGRAMS, 'sdk-component.py')),
    env: { PYTHONPATH: join(ROOT, 'sdk/python/src') },
    breaks: [],
  },
  { name: 'TypeScript SDK', ...inNode(join(PROGRAMS, 'sdk-component.ts')), breaks: [] },
];

const AT_A_TIME = 4;

describe('a component that works', () => {
  const reports = new Map<string, CheckReport>();

  beforeAll(async () => {
    await inParallel(PROGRAMS_THAT_WORK, AT_A_TIME, async ({ name, breaks: _, ...program }) => {
      reports.set(name, await checkProgram({ patienceMs: 10_000, ...program }));
    });
  }, 180_000);

  it.each(PROGRAMS_THAT_WORK)('$name: conforms, and breaks $breaks', ({ name, dialect = 'json', breaks }) => {
    const report = reports.get(name);
    if (report === undefined) throw new Error('it was not checked');
    const breaches = report.rules.flatMap(({ breach }) => breach ?? []);
    expect(idsOf(report, 'MUST', 'broken'), JSON.stringify(breaches)).toEqual([]);
    expect(idsOf(report, 'SHOULD', 'broken').sort(), JSON.stringify(breaches)).toEqual([...breaks].sort());
    expect(report.conforms).toBe(true);
    expect(report.dialect).toBe(dialect);
    expect(idsOf(report, 'MUST', 'kept').length).toBeGreaterThan(18);
  });

  it('that asks for numbers is judged on positions and acknowledgements', () => {
    const report = reports.get('numbers and acknowledgements');
    const judged = report?.rules.filter(({ id }) => ['data.from', 'data.ack', 'data.ack.all'].includes(id));
    expect(judged?.map(({ verdict }) => verdict)).toEqual(['kept', 'kept', 'kept']);
  });

  it.each([
    ['a configuration while it runs', 'kept'],
    ['a configuration refused', 'kept'],
    ['Python SDK', 'kept'],
    ['TypeScript SDK', 'kept'],
    ['every rule kept', 'not exercised'],
  ])('%s: what it does about a CONFIGURE while it runs is %s', (name, verdict) => {
    const judged = reports.get(name)?.rules.filter(({ id }) => id.startsWith('control.reconfigure.'));
    expect(judged?.map((rule) => rule.verdict)).toEqual([verdict, verdict, verdict]);
  });

  it('without topics is not judged on rows, and the reason is told', () => {
    const rule = reports.get('asyncio_sdk')?.rules.find(({ id }) => id === 'data.rows.read');
    expect(rule).toMatchObject({ verdict: 'not exercised', reason: 'the component takes no rows' });
  });
});

/** One of test/support/components. */
function generation(name: string, breaks: readonly string[]): Program {
  return { name, ...inPython(join(ROOT, 'test/support/components', `${name}.py`)), env: TOPICS, breaks };
}

function inNode(path: string): Pick<CheckedProgram, 'program' | 'args' | 'env'> {
  return { program: process.execPath, args: [path], env: compiledBefore() };
}
