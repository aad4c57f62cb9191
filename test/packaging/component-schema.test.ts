import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { breakingChanges } from '../../scripts/proto/breaking.ts';
import { lint } from '../../scripts/proto/lint.ts';
import { parseSchema, readSchema } from '../../scripts/proto/read-schema.ts';
import { COMPONENT_STATES } from '../../src/model/component-state.ts';

const ROOT = join(import.meta.dirname, '../..');
const FILE = join(ROOT, 'proto/aegis/component/v1/component.proto');
const text = readFileSync(FILE, 'utf8');
const schema = readSchema(FILE);

/** The schema with one change, which must be one. */
function changed(from: string | RegExp, to: string): ReturnType<typeof parseSchema> {
  const other = text.replace(from, to);
  expect(other).not.toBe(text);
  return parseSchema(other);
}

describe('the published schema', () => {
  test('passes the checks of npm run check', async () => {
    const run = promisify(execFile)(process.execPath, [join(ROOT, 'scripts/check-proto.ts')], { cwd: ROOT });
    expect(await run).toEqual({ stdout: '', stderr: '' });
  });

  test('has each state of a component', () => {
    const values = Object.keys(schema.enums[0]?.values ?? {});
    expect(values.slice(1)).toEqual(COMPONENT_STATES.map((state) => `COMPONENT_STATE_${state}`));
  });
});

describe('the lint of the schema', () => {
  test.each([
    ['a field without a comment', /\n {2}\/\/ Id of this message[^\n]*/, '', 'Envelope.message_id: has no comment'],
    [
      'a message without one',
      '// Accepted. Has no fields: correlation_id of the envelope names the message.\n',
      '\n',
      'Ack: has no comment',
    ],
    ['a value without one', '  // Takes rows.\n', '', 'ComponentState.COMPONENT_STATE_RUNNING: has no comment'],
    [
      'a field in camel case',
      'string message_id = 2',
      'string messageId = 2',
      'Envelope.messageId: is not written like',
    ],
    ['a message in lower case', /\bPing\b/g, 'ping', 'ping: is not written like'],
    ['a value without its prefix', 'COMPONENT_STATE_READY', 'READY', 'ComponentState.READY: must begin with'],
    ['a number that is left out', 'string target = 6', 'string target = 7', 'Envelope: numbers are left out before 7'],
    ['a package without a version', 'aegis.component.v1', 'aegis.component', 'the package has no version'],
  ])('finds %s', (_name, from, to, problem) => {
    const problems = lint(changed(from, to));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  test('a number that is reserved may be left out', () => {
    expect(lint(changed('  string target = 6', '  reserved 6;\n\n  // Who is meant.\n  string target = 7'))).toEqual(
      [],
    );
  });
});

describe('the comparison with what was released', () => {
  test.each([
    [
      'a field that is gone',
      /\n {2}\/\/ Version of the component, free text.\n.*\n/,
      '\n',
      'field Register.version is gone',
    ],
    ['a field of another number', 'string target = 6', 'string target = 7', 'field Envelope.target: number 6 became 7'],
    ['a field of another type', 'uint32 uptime', 'uint64 uptime', 'type implicit uint32 became implicit uint64'],
    ['a field that became a list', 'string version = 4', 'repeated string version = 4', 'became repeated string'],
    ['a field that became optional', 'string version = 4', 'optional string version = 4', 'became string'],
    ['a field of another name', 'string version = 4', 'string release = 4', 'field Register.version is gone'],
    ['a message that is gone', /\bPong\b/g, 'Pung', 'message Pong is gone'],
    ['a value of another number', 'READY = 4', 'READY = 14', 'value ComponentState.COMPONENT_STATE_READY 4 became 14'],
    ['another package', 'aegis.component.v1', 'aegis.component.v2', 'became aegis.component.v2'],
  ])('finds %s', (_name, from, to, problem) => {
    expect(breakingChanges(schema, changed(from, to)).join('\n')).toContain(problem);
  });

  test('additions are free', () => {
    const more = changed('message Ping {}', 'message Ping {\n  // Why.\n  string reason = 1;\n}');
    expect(breakingChanges(schema, more)).toEqual([]);
    expect(lint(more)).toEqual([]);
  });
});
