import { describe, expect, it } from 'vitest';
import { judge } from '../../src/conformance/judge.ts';
import { RULES } from '../../src/conformance/rules/index.ts';
import type { Verdict } from '../../src/conformance/rules/rule.ts';
import { SCENARIO_IDS } from '../../src/conformance/scenario-ids.ts';
import type { Happening, Transcript } from '../../src/conformance/transcript.ts';
import { PING, REBORN, SHUTDOWN } from '../../src/model/protocol/outgoing.ts';
import {
  configure,
  dropped,
  ended,
  greets,
  hears,
  killed,
  left,
  opened,
  registered,
  registers,
  running,
  says,
  transcript,
  waited,
} from './transcripts.ts';

function verdictOn(id: string, ...transcripts: Transcript[]): Verdict {
  const rules = RULES.filter((rule) => rule.id === id);
  const [judgement] = judge({ rules, transcripts, skipped: [] });
  if (judgement === undefined) throw new Error(`there is no rule ${id}`);
  return judgement.verdict;
}

const error = (code: 'UNEXPECTED_STATE' | 'LIMIT_EXCEEDED', message: string): Happening => ({
  kind: 'fault',
  connection: 1,
  code,
  message,
});
const step = (
  name: 'lose-control' | 'reconfigure' | 'quiet' | 'silence' | 'pieces' | 'one-write' | 'recoverable-error' | 'reborn',
): Happening => ({
  kind: 'step',
  step: name,
});
const refuses = (code: string, recoverable: boolean): Happening =>
  says('RUNTIME_ERROR', { code, message: 'no', recoverable }, { type: 'ERROR' });
const reports = (state: string): Happening => says('STATE_UPDATE', { state });
const acks = (acked: number | undefined, written: number, problem?: string): Happening => ({
  kind: 'ack',
  connection: 1,
  acked,
  problem,
  strict: true,
  written,
});
const greeted = greets({}, { rows: 0, bytes: 0 });
const dataLeft: Happening = { kind: 'closed', socket: 'data', connection: 1, by: 'component' };
const unread: Happening = { kind: 'rows', connection: 1, first: 0, count: 9, bytes: 900, taken: false };

type Case = readonly [id: string, scenario: string, happenings: readonly Happening[], expected: string | RegExp];

/** `kept`, `open`, or what the problem of a broken rule says. */
const CASES: readonly Case[] = [
  ['control.connect', 'lifecycle', [opened], 'kept'],
  ['control.connect', 'lifecycle', [ended(3)], /the program ended with exit code 3/],
  ['control.connect', 'lifecycle', [waited('a connection', 30_000)], /not within 30 s/],
  ['control.register.first', 'lifecycle', [opened, registers()], 'kept'],
  ['control.register.first', 'lifecycle', [opened, says('STATE_UPDATE', { state: 'READY' })], /not REGISTER/],
  ['control.register.first', 'lifecycle', [], 'open'],
  ['control.register.id', 'lifecycle', [registers({ component_id: 'x' })], /component_id is "x"/],
  ['control.register.topics', 'lifecycle', [registers()], 'kept'],
  ['control.register.topics', 'lifecycle', [registers({ capabilities: {} })], 'open'],
  ['control.states.order', 'lifecycle', [says('STATE_UPDATE', { state: 'READY' })], 'kept'],
  ['control.states.order', 'lifecycle', [error('UNEXPECTED_STATE', 'READY came first')], /READY came first/],
  ['control.states.order', 'lifecycle', [error('UNEXPECTED_STATE', 'no READY within 30000 ms')], 'open'],
  ['control.states.running', 'lifecycle', [registered, running], 'kept'],
  ['control.states.running', 'lifecycle', [registered, error('UNEXPECTED_STATE', 'no READY within 9 ms')], /no READY/],
  ['control.states.running', 'lifecycle', [registered, error('LIMIT_EXCEEDED', 'too long')], 'open'],
  ['control.states.running', 'lifecycle', [registered, left, ended(1)], /ended with exit code 1/],
  ['control.configure.ack', 'lifecycle', [configure, says('ACK')], 'kept'],
  ['control.configure.ack', 'lifecycle', [configure, running, says('ACK')], /no ACK of CONFIGURE before CONFIGURED/],
  ['control.configure.ack', 'lifecycle', [configure, says('RUNTIME_ERROR', {}, { type: 'ERROR' })], 'open'],
  ['control.ping.pong', 'lifecycle', [hears(PING), says('PONG')], 'kept'],
  ['control.ping.pong', 'lifecycle', [hears(PING), waited('PONG', 5_000), ended(0)], /no PONG: not within 5 s/],
  ['control.correlation', 'lifecycle', [hears(PING, 'p'), says('PONG', {}, { correlation_id: 'p' })], 'kept'],
  ['control.correlation', 'lifecycle', [hears(PING, 'p'), says('PONG', {}, { correlation_id: 'q' })], /not the id/],
  ['control.shutdown.ack', 'lifecycle', [hears(SHUTDOWN), says('ACK')], 'kept'],
  ['control.shutdown.ack', 'lifecycle', [hears(SHUTDOWN), left, ended(0)], /the program ended with exit code 0/],
  ['process.shutdown.code', 'lifecycle', [hears(SHUTDOWN), ended(7)], /exit code 7/],
  ['process.shutdown.ends', 'lifecycle', [hears(SHUTDOWN), killed, ended(0)], /still runs after 2 s/],
  ['control.reborn.ack', 'reborn', [hears(REBORN), waited('ACK', 15_000)], /not within 15 s/],
  ['control.slow-answers', 'slow-answers', [running, killed, ended(0)], 'kept'],
  ['control.slow-answers', 'slow-answers', [opened, left, ended(1)], /exit code 1/],
  ['control.error.recoverable', 'recoverable-error', [running, step('recoverable-error'), killed], 'kept'],
  ['control.error.recoverable', 'recoverable-error', [running, step('recoverable-error'), left], /ended its control/],
  ['control.reconfigure.answer', 'reconfigure', [running], 'open'],
  ['control.reconfigure.answer', 'reconfigure', [running, step('reconfigure'), configure, says('ACK')], 'kept'],
  ['control.reconfigure.answer', 'reconfigure', [step('reconfigure'), refuses('CONFIGURE_FAILED', true)], 'kept'],
  ['control.reconfigure.answer', 'reconfigure', [step('reconfigure'), refuses('CONFIGURE_FAILED', false)], /not true/],
  ['control.reconfigure.answer', 'reconfigure', [step('reconfigure'), refuses('NO_MARGIN', true)], /code NO_MARGIN/],
  ['control.reconfigure.answer', 'reconfigure', [step('reconfigure'), waited('an answer', 8_000)], /not within 8 s/],
  ['control.reconfigure.state', 'reconfigure', [step('reconfigure'), reports('WAITING')], 'kept'],
  ['control.reconfigure.state', 'reconfigure', [step('reconfigure'), reports('CONFIGURED')], /its way to RUNNING/],
  ['control.reconfigure.data', 'reconfigure', [greeted, step('reconfigure'), killed, dataLeft], 'kept'],
  ['control.reconfigure.data', 'reconfigure', [greeted, step('reconfigure'), dataLeft, killed], /closed its data/],
  ['control.reconfigure.data', 'reconfigure', [greeted, step('reconfigure'), dataLeft, left, ended(1)], 'open'],
  ['control.reconnect', 'lost-control', [running, step('lose-control'), dropped, opened, running], 'kept'],
  ['control.reconnect', 'lost-control', [running, step('lose-control'), dropped, ended(0)], /does not connect again/],
  ['control.reconnect.id', 'lost-control', [registers(), registered, registers()], 'kept'],
  ['control.reconnect.id', 'lost-control', [registers(), registered, registers({ component_id: '' })], /is ""/],
  ['control.silence', 'silence', [step('silence'), left, opened, killed, ended(0)], 'kept'],
  ['control.silence', 'silence', [step('silence'), ended(0)], /exit code 0/],
  ['data.rows.pieces', 'rows', [step('pieces'), unread, step('quiet')], /not read/],
  ['data.rows.pieces', 'rows', [step('one-write'), ended(1), step('pieces')], 'open'],
  ['data.quiet', 'rows', [step('quiet'), killed, left, ended(0)], 'kept'],
  ['data.received', 'lost-data', [greets({ received: 900 }, { rows: 9, bytes: 900 })], 'kept'],
  ['data.received', 'lost-data', [greets({ received: 901 }, { rows: 9, bytes: 900 })], /rows would be lost/],
  ['data.received', 'lost-data', [greets({ received: 899 }, { rows: 9, bytes: 900 })], /rows would come twice/],
  ['data.received', 'reborn', [step('reborn'), greets({ received: 900 }, { rows: 0, bytes: 0 })], 'open'],
  ['data.received', 'lost-data', [greets({}, { rows: 9, bytes: 900 })], 'open'],
  ['data.from', 'lost-data', [greets({ from: 9 }, { rows: 9, bytes: 900 })], 'kept'],
  ['data.from', 'lost-data', [greets({ from: 10 }, { rows: 9, bytes: 900 })], /rows would be lost/],
  ['data.from', 'reborn', [greets({ from: 10, run: 1 }, { rows: 9, bytes: 900 })], 'kept'],
  ['data.ack', 'rows', [acks(9, 9)], 'kept'],
  ['data.ack', 'rows', [acks(10, 9)], /acknowledges 10 rows and 9 were written/],
  ['data.ack', 'rows', [acks(undefined, 9, 'invalid line')], /invalid line/],
  ['data.ack.all', 'rows', [acks(8, 9), step('quiet')], /8 of 9/],
];

describe('the verdict', () => {
  it.each(CASES)('on %s in %s', (id, scenario, happenings, expected) => {
    const verdict = verdictOn(id, transcript(scenario, happenings));
    if (expected instanceof RegExp) expect(verdict).toMatchObject({ problem: expect.stringMatching(expected) });
    else expect(verdict.verdict, JSON.stringify(verdict)).toBe(expected);
  });

  it('is broken when it is broken in one scenario of several, and points to the entries', () => {
    const good = transcript('lost-control', [registers(), registered, registers()]);
    const bad = transcript('final-error', [registers(), registered, opened, registers({ component_id: 'new' })]);
    expect(verdictOn('control.reconnect.id', good, bad)).toMatchObject({ verdict: 'broken', at: [3, 3] });
  });

  it('does not come from a scenario that the rule is not about', () => {
    expect(verdictOn('data.quiet', transcript('silence', [step('quiet'), ended(1)]))).toEqual({
      verdict: 'open',
      reason: 'its scenario was not played',
    });
  });

  it.each(RULES)('on $id is open, or not broken, when nothing has happened', (rule) => {
    const verdicts = SCENARIO_IDS.map((id) => judge({ rules: [rule], transcripts: [transcript(id, [])], skipped: [] }));
    const kinds = new Set(verdicts.flatMap((each) => each.map(({ verdict }) => verdict.verdict)));
    const startsWithNothing = ['control.connect', ...RULES.filter(({ id }) => READING.has(id)).map(({ id }) => id)];
    expect(kinds.has('kept')).toBe(false);
    expect(kinds.has('broken')).toBe(startsWithNothing.includes(rule.id));
  });
});

/** They ask for RUNNING: a component that does not even connect has not understood the messages. */
const READING = new Set([
  'control.slow-answers',
  'control.fragments',
  'control.joined',
  'control.unknown-fields',
  'control.empty-lines',
]);
