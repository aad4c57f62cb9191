import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { candidates } from '../../src/client/cli/complete.ts';
import { createContext } from '../../src/client/cli/context.ts';
import { createProgram } from '../../src/client/cli/program.ts';
import { type Aegisctl, aegisctl, json, startAegisctl } from '../client/aegisctl.ts';
import { tempDir } from '../support/temp-dir.ts';
import { until } from '../support/until.ts';
import { PROGRAMS } from './check-program.ts';

const COMPONENT = join(PROGRAMS, 'component.py');
const FAULTY = join(PROGRAMS, 'faulty.py');
const BINARY = resolve(import.meta.dirname, '../support/components/binary.py');
const PLAIN = ['--only', 'lifecycle', '--', 'python3', COMPONENT, 'plain'];

interface Stage {
  readonly run: Aegisctl;
  /** Where the check makes its folders. */
  readonly temporary: string;
}

function stage(): Stage {
  const temporary = tempDir();
  const env = { TMPDIR: temporary, PYTHONDONTWRITEBYTECODE: '1' };
  return { run: aegisctl({ home: tempDir(), env }), temporary };
}

interface RuleOutput {
  readonly id: string;
  readonly verdict: string;
}

function verdicts(rules: unknown): Record<string, string> {
  if (!Array.isArray(rules)) throw new Error('no rules');
  return Object.fromEntries(rules.map(({ id, verdict }: RuleOutput) => [id, verdict]));
}

describe('aegisctl component check', () => {
  it('ends with 0 when no MUST is broken, and leaves nothing behind', async () => {
    const { run, temporary } = stage();
    const { code, out, err } = await run('component', 'check', ...PLAIN);
    expect({ code, files: readdirSync(temporary) }).toEqual({ code: 0, files: [] });
    expect(out).toContain('component.py plain: json dialect, 1 scenario in ');
    expect(out).toMatch(/^kept +MUST +control\.ping\.pong +answers PING with PONG$/m);
    expect(out).toMatch(/\d+ rules kept, 0 broken \(0 MUST\), \d+ not exercised\n$/);
    expect(err).toBe('  1 of 1: lifecycle, from REGISTER to SHUTDOWN\n');
  });

  it('tells a broken rule with its messages, what was expected and what to do, and ends with 10', async () => {
    const { code, out, err } = await stage().run(
      'component',
      'check',
      '--only',
      'lifecycle',
      '--',
      'python3',
      FAULTY,
      'NoPong',
    );
    expect(code).toBe(10);
    const [, told = ''] = out.split('BROKEN MUST control.ping.pong, in scenario lifecycle\n');
    expect(told).toContain('found:    no PONG: not within 5 s\n');
    expect(told).toContain('expected: a component answers PING with PONG; docs/component-protocol.md#messages\n');
    expect(told).toContain('next:     Answer from the loop that reads the control socket');
    expect(told).toMatch(/\d ms {2}← {2}PING\n/);
    expect(err).toContain('error COMPONENT_NOT_CONFORMING: the component breaks a rule that it must keep');
  }, 240_000);

  it('tells everything in one object with --json', async () => {
    const { run } = stage();
    const good = await run('component', 'check', '--json', ...PLAIN);
    const { conforms, dialect, rules, scenarios, error } = json(good);
    expect({ code: good.code, err: good.err, conforms, dialect, error }).toEqual({
      code: 0,
      err: '',
      conforms: true,
      dialect: 'json',
      error: undefined,
    });
    expect(verdicts(rules)).toMatchObject({ 'control.connect': 'kept', 'control.dialect': 'not exercised' });
    expect(verdicts(rules)).not.toHaveProperty('control.silence');
    expect(scenarios).toMatchObject([
      { id: 'lifecycle', entries: expect.arrayContaining([{ kind: 'phase' }].map(like)) },
    ]);

    const bad = await run('component', 'check', '--json', '--', 'python3', FAULTY, 'ExitsAtOnce');
    expect(bad.code).toBe(10);
    expect(json(bad)).toMatchObject({
      conforms: false,
      dialect: null,
      error: { code: 'COMPONENT_NOT_CONFORMING', details: { broken: ['control.connect'] } },
    });
  });

  it('demands a dialect', async () => {
    const { run } = stage();
    const wrong = await run('component', 'check', '--json', '--dialect', 'binary', ...PLAIN);
    expect(wrong.code).toBe(10);
    expect(json(wrong).error).toMatchObject({ details: { broken: ['control.dialect'] } });
    const right = await run(
      ...['component', 'check', '--json', '--dialect', 'binary', '--only', 'lifecycle', '--', 'python3', BINARY],
    );
    expect(right.code).toBe(0);
    expect(verdicts(json(right).rules)['control.dialect']).toBe('kept');
  });

  it('hands environment and configuration to the component; --verbose prints all messages', async () => {
    const { out, code } = await stage().run(
      ...['component', 'check', '--verbose', '--only', 'lifecycle', '--config', '{"threshold":0.25}'],
      ...['--env', 'SYMBOLS=SOLUSDT', '--env', 'STREAMS=trades', '--', 'python3', BINARY],
    );
    expect(code).toBe(0);
    const [, messages = ''] = out.split('scenario lifecycle: from REGISTER to SHUTDOWN\n');
    expect(messages).toMatch(/← {2}CONFIGURE .*"topics":\["trades\.SOLUSDT"\],"config":\{"threshold":0\.25\}/);
    expect(messages).toMatch(/→ {2}STATE_UPDATE \{"state":"RUNNING"\}/);
    expect(messages).toContain('the program ended, exit code 0');
  });

  it('stops waiting after --timeout', async () => {
    const { out, code } = await stage().run(
      ...['component', 'check', '--timeout', '1', '--', 'python3', FAULTY, 'NeverConnects'],
    );
    expect(code).toBe(10);
    expect(out).toContain('found:    it does not connect: not within 1 s');
  });

  it.each([
    [['component', 'check'], 2, "missing required argument 'program'"],
    [['component', 'check', '--only', 'all', 'python3'], 2, 'Scenarios are lifecycle, slow-answers'],
    [['component', 'check', '--timeout', '0', 'python3'], 2, 'a number of seconds from 1 to 600 is needed'],
    [['component', 'check', '--config', '[]', 'python3'], 2, 'a JSON object is needed'],
    [['component', 'check', './missing'], 3, 'missing is not a file'],
  ])('%j ends with %i', async (words, code, message) => {
    const ran = await stage().run(...words, '--json');
    expect(ran.code).toBe(code);
    expect(json(ran).error?.message).toContain(message);
  });

  it('leaves neither a process nor a file behind when it is interrupted', async () => {
    const temporary = tempDir();
    const words = ['component', 'check', '--verbose', '--', 'python3', FAULTY, 'NeverConnects'];
    const { process: child, ended } = startAegisctl({ home: tempDir(), env: { TMPDIR: temporary } }, ...words);
    const pid = await until('the program to be launched', () => {
      const [folder] = readdirSync(temporary);
      return folder !== undefined && readdirSync(join(temporary, folder)).includes('component.log') && child.pid;
    });
    const children = processesOf(pid);
    expect(children).toHaveLength(1);
    child.kill('SIGINT');
    const { code, err } = await ended;
    expect(code).toBe(130);
    expect(err).toContain('error INTERRUPTED: the check was interrupted');
    expect(readdirSync(temporary)).toEqual([]);
    expect(children.filter(isAlive)).toEqual([]);
  });

  it('is completed', async () => {
    const context = createContext();
    const complete = (...words: string[]) => candidates(createProgram(context), words, context);
    expect(await complete('component', '')).toEqual(['check']);
    expect(await complete('component', 'check', '--dialect', '')).toEqual(['json', 'binary']);
    expect(await complete('component', 'check', '--')).toEqual(
      expect.arrayContaining(['--env', '--config', '--only', '--timeout', '--verbose', '--json']),
    );
  });
});

function like(fields: object): unknown {
  return expect.objectContaining(fields);
}

/** `ps` exists on Linux and macOS. */
function processesOf(parent: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
