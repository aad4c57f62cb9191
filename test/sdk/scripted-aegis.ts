import type { ChildProcess, StdioOptions } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';
import { command, type Language, python } from './command.ts';
import { type ScriptedConnection, ScriptedSockets, SESSION_ID } from './scripted-sockets.ts';

export type { ScriptedConnection, ScriptedMessage } from './scripted-sockets.ts';

/** Scripted sockets that end with the running test. */
export class ScriptedAegis extends ScriptedSockets {
  readonly out: string;

  constructor(dir: string, script: (connection: ScriptedConnection) => void) {
    super({ dir, script });
    this.out = join(dir, 'rows');
  }

  static async start(script: (connection: ScriptedConnection) => void): Promise<ScriptedAegis> {
    const aegis = new ScriptedAegis(tempDir(), script);
    onTestFinished(() => aegis.close());
    await aegis.listen();
    return aegis;
  }

  /** Starts a program of `programs` in a language; it declares trades of BTCUSDT. */
  launch(
    language: Language,
    args: readonly string[] = [],
    name = 'collect',
    interpreter: string = python(),
    stdio: StdioOptions = 'ignore',
  ): ChildProcess {
    const declared = ['--out', this.out, '--symbols', 'BTCUSDT', '--streams', 'trades'];
    const child = this.spawn(command(language, [...declared, ...args], name, interpreter), stdio);
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    return child;
  }
}

/** Rows `from` to `to - 1` of a stream, with their numbers or as an Aegis writes them that has none. */
export function rowLines(from: number, to: number, { numbers = true } = {}): string[] {
  return Array.from({ length: to - from }, (_, index) => {
    const id = from + index;
    const ts = 1_700_000_000_000 + id;
    const data = `{"id":${id},"price":${id}.5,"qty":0.25,"quote_qty":1,"time":${ts},"is_buyer_maker":true}`;
    const seq = numbers ? `,"seq":${id}` : '';
    return `{"session_id":"${SESSION_ID}","topic":"aegis.${SESSION_ID}.trades.BTCUSDT","ts":${ts}${seq},"data":${data}}`;
  });
}

export function answer(fields: object = {}): string {
  return `${JSON.stringify({ status: 'ok', topics: [`aegis.${SESSION_ID}.trades.BTCUSDT`], ...fields })}\n`;
}

export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
