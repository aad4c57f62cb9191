import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { inParallel } from '../../src/conformance/in-parallel.ts';
import type { CheckReport, RuleReport } from '../../src/conformance/report.ts';
import type { ScenarioId } from '../../src/conformance/scenario-ids.ts';
import { checkProgram, idsOf, inPython, PROGRAMS } from './check-program.ts';

interface Fault {
  /** A class of programs/faulty.py. */
  readonly fault: string;
  readonly breaks: string;
  readonly level?: RuleReport['level'];
  /** Played after the plain run. */
  readonly scenario?: ScenarioId;
  readonly problem?: RegExp;
}

const FAULTS: readonly Fault[] = [
  { fault: 'NeverConnects', breaks: 'control.connect', problem: /^it does not connect: not within 6 s$/ },
  { fault: 'ExitsAtOnce', breaks: 'control.connect', problem: /the program ended with exit code 3$/ },
  { fault: 'NeverRegisters', breaks: 'control.register.first', problem: /does not send REGISTER: not within 6 s/ },
  { fault: 'Garbage', breaks: 'control.decode', problem: /DECODE_ERROR: the line is not JSON in UTF-8/ },
  { fault: 'NoMessageId', breaks: 'control.envelope', problem: /message_id is required/ },
  { fault: 'UnknownState', breaks: 'control.payload', problem: /payload.state/ },
  { fault: 'StateFirst', breaks: 'control.register.first' },
  { fault: 'WrongToken', breaks: 'control.register.token', problem: /WRONG_SESSION_TOKEN/ },
  { fault: 'OwnId', breaks: 'control.register.id', problem: /component_id is "mine"/ },
  { fault: 'UnknownTopic', breaks: 'control.register.topics', problem: /not available in historical mode/ },
  { fault: 'IdsOfEnvironment', breaks: 'control.register.assigned', scenario: 'by-hand' },
  { fault: 'ReadyFirst', breaks: 'control.states.order', problem: /READY came instead of INITIALIZING/ },
  { fault: 'NeverRunning', breaks: 'control.states.running', problem: /not within 6 s/ },
  { fault: 'SlowToInitialize', breaks: 'control.states.initializing', level: 'SHOULD' },
  { fault: 'Configured', breaks: 'control.words', problem: /CONFIGURED is not expected here/ },
  { fault: 'Flood', breaks: 'control.limits', problem: /LIMIT_EXCEEDED/ },
  { fault: 'SameMessageId', breaks: 'control.message-id', level: 'SHOULD' },
  { fault: 'NoCorrelation', breaks: 'control.correlation', level: 'SHOULD' },
  { fault: 'NoAckOfConfigure', breaks: 'control.configure.ack' },
  { fault: 'NoPong', breaks: 'control.ping.pong', problem: /no PONG: not within 5 s/ },
  { fault: 'Impatient', breaks: 'control.slow-answers', scenario: 'slow-answers' },
  { fault: 'OneReadOneOrMoreMessages', breaks: 'control.fragments', scenario: 'fragments' },
  { fault: 'ForgetsReadAhead', breaks: 'control.joined', scenario: 'joined' },
  { fault: 'StrictFields', breaks: 'control.unknown-fields', scenario: 'unknown-fields' },
  { fault: 'ChokesOnEmptyLines', breaks: 'control.empty-lines', level: 'SHOULD', scenario: 'empty-lines' },
  { fault: 'IgnoresReconfigure', breaks: 'control.reconfigure.answer', scenario: 'reconfigure', problem: /within 6 s/ },
  { fault: 'DiesOfReconfigure', breaks: 'control.reconfigure.answer', scenario: 'reconfigure', problem: /code 1$/ },
  { fault: 'RefusesForGood', breaks: 'control.reconfigure.answer', scenario: 'reconfigure', problem: /recoverable/ },
  { fault: 'ConfiguredAgain', breaks: 'control.reconfigure.state', scenario: 'reconfigure' },
  { fault: 'NewDataConnection', breaks: 'control.reconfigure.data', level: 'SHOULD', scenario: 'reconfigure' },
  { fault: 'DiesOfError', breaks: 'control.error.recoverable', scenario: 'recoverable-error' },
  { fault: 'GivesUp', breaks: 'control.not-ready', level: 'SHOULD', scenario: 'not-ready' },
  { fault: 'NewIdEachTime', breaks: 'control.reconnect.id', scenario: 'lost-control' },
  { fault: 'DataFollowsControl', breaks: 'control.reconnect.data', level: 'SHOULD', scenario: 'lost-control' },
  { fault: 'EndsInSilence', breaks: 'control.silence', scenario: 'silence' },
  { fault: 'RegistersForEver', breaks: 'control.refused.final', scenario: 'refused' },
  { fault: 'StaysRefused', breaks: 'control.refused.ends', level: 'SHOULD', scenario: 'refused' },
  { fault: 'NoAckOfShutdown', breaks: 'control.shutdown.ack' },
  { fault: 'StaysAfterShutdown', breaks: 'process.shutdown.ends', level: 'SHOULD' },
  { fault: 'ExitsWithOne', breaks: 'process.shutdown.code', level: 'SHOULD' },
  { fault: 'IgnoresSigterm', breaks: 'process.sigterm', level: 'SHOULD', scenario: 'sigterm' },
  { fault: 'NoAckOfReborn', breaks: 'control.reborn.ack', level: 'SHOULD', scenario: 'reborn' },
  { fault: 'NoData', breaks: 'data.connect' },
  { fault: 'TokenInHandshake', breaks: 'data.handshake', problem: /invalid session_token/ },
  { fault: 'OneHandshake', breaks: 'data.refused', level: 'SHOULD', scenario: 'data-refused' },
  { fault: 'OneHandshake', breaks: 'data.reconnect', level: 'SHOULD', scenario: 'lost-data' },
  { fault: 'OneHandshake', breaks: 'data.reborn', level: 'SHOULD', scenario: 'reborn' },
  { fault: 'OneReadOneRow', breaks: 'data.rows.one-write', scenario: 'rows' },
  { fault: 'OneReadWholeRows', breaks: 'data.rows.pieces', scenario: 'rows' },
  { fault: 'StopsReading', breaks: 'data.rows.read', scenario: 'rows' },
  { fault: 'StrictRows', breaks: 'data.rows.unknown-fields', scenario: 'unknown-fields' },
  { fault: 'EndsWhenQuiet', breaks: 'data.quiet', scenario: 'rows' },
  { fault: 'CountsTornRows', breaks: 'data.received', scenario: 'lost-data', problem: /rows would be lost/ },
  { fault: 'CountsOverReborn', breaks: 'data.received', scenario: 'reborn', problem: /rows would be lost/ },
  { fault: 'SkipsRow', breaks: 'data.from', scenario: 'lost-data', problem: /from is 11 and 10 rows were written/ },
  { fault: 'AcknowledgesTooMuch', breaks: 'data.ack', problem: /it acknowledges 101 rows and 1 were written/ },
  { fault: 'WritesSomethingElse', breaks: 'data.ack', problem: /an acknowledgement .* is expected/ },
  { fault: 'AcknowledgesInThousands', breaks: 'data.ack.all', level: 'SHOULD', scenario: 'rows' },
];

const FILE = join(PROGRAMS, 'faulty.py');
const AT_A_TIME = 8;

describe('a component with one fault', () => {
  const reports = new Map<Fault, CheckReport>();

  beforeAll(async () => {
    await inParallel(FAULTS, AT_A_TIME, async (fault) => {
      const only: ScenarioId[] = ['lifecycle', ...(fault.scenario === undefined ? [] : [fault.scenario])];
      reports.set(fault, await checkProgram({ ...inPython(FILE, fault.fault), only, patienceMs: 6_000 }));
    });
  }, 240_000);

  it.each(FAULTS)('$fault breaks $breaks and no other rule', (fault) => {
    const { breaks, level = 'MUST', problem = /./ } = fault;
    const report = reports.get(fault);
    if (report === undefined) throw new Error('it was not checked');
    expect({ MUST: idsOf(report, 'MUST', 'broken'), SHOULD: idsOf(report, 'SHOULD', 'broken') }).toEqual({
      MUST: [],
      SHOULD: [],
      [level]: [breaks],
    });
    expect(report.conforms).toBe(level === 'SHOULD');
    const breach = report.rules.find(({ id }) => id === breaks)?.breach;
    expect(breach?.problem).toMatch(problem);
    expect(breach?.messages).not.toEqual([]);
  });

  it('that dies is shown with its last lines', () => {
    const [, exits] = FAULTS;
    const report = exits === undefined ? undefined : reports.get(exits);
    const breach = report?.rules.find(({ id }) => id === 'control.connect')?.breach;
    expect(breach?.output).toEqual(['no configuration file']);
  });
});
