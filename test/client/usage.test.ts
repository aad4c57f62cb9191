import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createContext } from '../../src/client/cli/context.ts';
import { createProgram } from '../../src/client/cli/program.ts';
import { tempDir } from '../support/temp-dir.ts';
import { aegisctl, json } from './aegisctl.ts';

const ENTRY = resolve(import.meta.dirname, '../../src/client/cli/aegisctl.ts');

describe('a command line that cannot be understood', () => {
  it.each([
    [[], 'a command is needed'],
    [['session'], 'a command is needed'],
    [['sesion'], "unknown command 'sesion'"],
    [['session', 'inspect'], "missing required argument 'session'"],
    [['session', 'create', 'x'], 'a historical session needs --from and --to'],
    [['session', 'create', 'x', '--replay', 'y', '--to', '2024-01-02'], '--to: not for a replay of a recording'],
    [['session', 'create', 'x', '--mode', 'realtime', '--to', '2024-01-02'], '--to: not for realtime sessions'],
    [['session', 'create', 'x', '--keep-age', '10'], '--keep-age: not for historical sessions'],
    [['session', 'record', 'x', '--symbol', 'BTCUSDT', '--type', 'klines'], 'klines need --interval'],
    [['session', 'record', 'x', '--symbol', 'BTCUSDT', '--type', 'metrics'], '"metrics" is none of trades'],
    [['session', 'create', 'x', '--mode', 'paper'], 'Allowed choices are historical, realtime.'],
    [['session', 'logs', 'x', '-n', 'many'], 'a whole number is needed'],
    [['up', '--fast'], "unknown option '--fast'"],
    [['completion', 'bash'], 'a completion script is not JSON'],
  ])('%j is a usage error in JSON too', async (words, message) => {
    const ran = await aegisctl({ home: tempDir() })(...words, '--json');
    expect(ran.code).toBe(2);
    expect(json(ran).error).toMatchObject({ code: 'USAGE', message: expect.stringContaining(message) });
  });

  it('is told with how the command is used', async () => {
    const { code, err, out } = await aegisctl({ home: tempDir() })('session', 'env', 'x');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain("error USAGE: missing required argument 'component'");
    expect(err).toContain('usage: aegisctl session env [options] <session> <component>');
  });
});

describe('help', () => {
  it('describes every command, option and argument', () => {
    const program = createProgram(createContext());
    const all = [program, ...program.commands, ...program.commands.flatMap((command) => command.commands)];
    const visible = all.filter((command) => !command.name().startsWith('__'));
    expect(visible.length).toBeGreaterThan(25);
    for (const command of visible) expect(command.description(), command.name()).not.toBe('');
    for (const option of visible.flatMap((command) => command.options)) expect(option.description).not.toBe('');
  });

  it('ends with 0 on standard output', async () => {
    const { code, out } = await aegisctl({ home: tempDir() })('help', 'session');
    expect(code).toBe(0);
    expect(out).toContain('attach [options] <session> [args...]');
  });
});

describe('completion in bash', () => {
  function complete(line: string): string[] {
    const bin = tempDir();
    writeFileSync(`${bin}/aegisctl`, `#!/bin/sh\nexec "${process.execPath}" "${ENTRY}" "$@"\n`);
    chmodSync(`${bin}/aegisctl`, 0o700);
    const words = line.split(' ');
    const script = `
      eval "$(aegisctl completion bash)"
      COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
      _aegisctl; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, AEGIS_HOME: bin };
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { env, encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((word) => word !== '');
  }

  it.each([
    ['aegisctl s', ['session', 'status']],
    ['aegisctl session re', ['record', 'resume', 'restart']],
    ['aegisctl session start --w', ['--wait']],
    ['aegisctl session create x --mode h', ['historical']],
    ['aegisctl session create x --market f', ['futures']],
    ['aegisctl completion z', ['zsh']],
    ['aegisctl session attach x --path /bi', []],
    ['aegisctl session attach x -- --h', []],
    ['aegisctl session inspect x', []],
  ])('of "%s"', (line, expected) => {
    expect(complete(line).sort()).toEqual([...expected].sort());
  });
});
