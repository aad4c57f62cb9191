import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConnectionAction, ConnectionEvent, Question } from '../../src/gateway/control/connection-events.ts';
import { TIMERS, type TimerName } from '../../src/gateway/control/connection-events.ts';
import { ConnectionRules } from '../../src/gateway/control/connection-rules.ts';
import type { Phase } from '../../src/gateway/control/conversation.ts';
import { CONTROL_LIMITS } from '../../src/gateway/control/limits.ts';
import { COMPONENT_STATES, type ComponentState, canMove } from '../../src/model/component-state.ts';
import type { InboundMessage } from '../../src/model/protocol/inbound.ts';
import type { OutgoingBody } from '../../src/model/protocol/outgoing.ts';

/** The rules with a session that answers as soon as it is told to, and a list of everything that was sent. */
class Driver {
  readonly rules = new ConnectionRules({ limits: CONTROL_LIMITS, connection: 'c1', freshId: 'cmp-fresh', openedAt: 0 });
  readonly sent: Array<{ readonly body: OutgoingBody; readonly to: string | null }> = [];
  readonly closed: string[] = [];
  readonly told: string[] = [];
  readonly #asked: Array<{ readonly call: number; readonly question: Question }> = [];
  #state: ComponentState = 'INIT';
  readonly #armed = new Set<TimerName>();
  #messages = 0;

  say(message: InboundMessage | Omit<Extract<InboundMessage, { type: 'stateUpdate' }>, 'id'>): string {
    this.#messages += 1;
    const id = `m${this.#messages}`;
    this.event({
      type: 'inbound',
      inbound: { type: 'message', message: { ...message, id } },
      now: this.#messages * 100,
    });
    return id;
  }

  state(state: ComponentState): string {
    return this.say({ type: 'stateUpdate', state });
  }

  event(event: ConnectionEvent): void {
    for (const action of this.rules.handle(event)) this.#take(action);
  }

  /** Time passes until this timer is over, if it runs at all. */
  expire(timer: TimerName): void {
    if (this.#armed.delete(timer)) this.event({ type: 'timer', timer });
  }

  /** Answers the oldest question; false when there is none. */
  answer(): boolean {
    const asked = this.#asked.shift();
    if (asked === undefined) return false;
    const { call, question } = asked;
    if (question.type === 'authenticate') {
      const result = { ok: true, session: 'alpha', sessionId: 'sess-alpha' } as const;
      this.event({ type: 'answer', call, answer: { type: 'authenticate', result } });
    } else if (question.type === 'dataSocket') {
      this.event({ type: 'answer', call, answer: { type: 'dataSocket', path: '/data.sock' } });
    } else {
      this.event({ type: 'answer', call, answer: { type: 'report', result: this.#report(question.report) } });
    }
    return true;
  }

  answerAll(): void {
    while (this.answer());
  }

  /** Walks to a phase by the shortest way. */
  static at(phase: Phase): Driver {
    const driver = new Driver();
    driver.event({ type: 'opened' });
    const steps: ReadonlyArray<readonly [Phase, () => void]> = [
      ['registered', () => driver.say(REGISTER)],
      ['initializing', () => driver.state('INITIALIZING')],
      ['configuring', () => driver.state('READY')],
      ['configured', () => driver.state('CONFIGURED')],
      ['running', () => driver.state('RUNNING')],
    ];
    for (const [reached, step] of steps) {
      if (driver.rules.phase === phase) break;
      step();
      driver.answerAll();
      expect(driver.rules.phase).toBe(reached);
    }
    return driver;
  }

  #report(report: Extract<Question, { type: 'report' }>['report']) {
    if (report.type === 'register') this.#state = 'REGISTERED';
    if (report.type === 'state') {
      if (!canMove(this.#state, report.state)) {
        return { ok: false, code: 'ILLEGAL_TRANSITION', message: 'not legal' } as const;
      }
      this.#state = report.state;
    }
    return { ok: true, componentId: 'cmp-1', state: this.#state, topics: ['trades.BTCUSDT'], config: {} } as const;
  }

  #take(action: ConnectionAction): void {
    if (action.type === 'send') this.sent.push({ body: action.body, to: action.correlationId });
    if (action.type === 'ask') this.#asked.push(action);
    if (action.type === 'arm') this.#armed.add(action.timer);
    if (action.type === 'disarm') this.#armed.delete(action.timer);
    if (action.type === 'close') this.closed.push(action.reason);
    if (action.type === 'tell') this.told.push(action.report.type);
  }
}

const CAPABILITIES = { symbols: ['BTCUSDT'], timeframes: [], orderBookSpeeds: [], streams: ['trades'] };
const REGISTER: InboundMessage = {
  type: 'register',
  id: '',
  registration: { token: 't', name: 'n', capabilities: CAPABILITIES },
};
const PHASES = ['registered', 'initializing', 'configuring', 'configured', 'running'] as const;
const STATE_OF = {
  registered: 'REGISTERED',
  initializing: 'INITIALIZING',
  configuring: 'READY',
  configured: 'CONFIGURED',
  running: 'RUNNING',
} as const satisfies Record<(typeof PHASES)[number], ComponentState>;

describe('every state in every phase', () => {
  const table = PHASES.flatMap((phase) => COMPONENT_STATES.map((state) => ({ phase, state })));

  test.each(table)('$phase + $state: one answer, as the table of states says', ({ phase, state }) => {
    const driver = Driver.at(phase);
    const before = driver.sent.length;
    const id = driver.state(state);
    driver.answerAll();
    const answers = driver.sent.slice(before).filter(({ to }) => to === id);
    expect(answers).toHaveLength(1);
    // CONFIGURED straight after REGISTERED is legal only for a component that got CONFIGURE, which has another phase.
    const legal = canMove(STATE_OF[phase], state) && !(phase === 'registered' && state === 'CONFIGURED');
    const [answer] = answers;
    expect(answer?.body.command).toBe(legal ? 'ACK' : 'RUNTIME_ERROR');
    expect(driver.closed).toHaveLength(legal || phase === 'running' ? 0 : 1);
    if (!legal) expect(answer?.body.payload).toMatchObject({ recoverable: phase === 'running' });
    const configured = driver.sent.slice(before).filter(({ body }) => body.command === 'CONFIGURE');
    expect(configured).toHaveLength(phase === 'initializing' && state === 'READY' ? 1 : 0);
  });
});

describe('the legacy generation', () => {
  test('goes from REGISTERED to CONFIGURED once CONFIGURE was sent', () => {
    const driver = Driver.at('registered');
    driver.expire('legacy');
    driver.answerAll();
    driver.say({ type: 'ack', id: '' });
    driver.state('CONFIGURED');
    driver.state('RUNNING');
    driver.answerAll();
    expect(driver.sent.map(({ body }) => body.command)).toEqual(['REGISTERED', 'CONFIGURE', 'ACK', 'ACK']);
    expect(driver.rules.phase).toBe('running');
  });
});

describe('any order of messages, timers, answers and commands', () => {
  const message = fc.oneof(
    fc.constantFrom(...COMPONENT_STATES).map((state): InboundMessage => ({ type: 'stateUpdate', id: '', state })),
    fc.constantFrom('ack', 'nack', 'ping', 'pong', 'shutdown').map((type): InboundMessage => ({ type, id: '' })),
    fc
      .boolean()
      .map((recoverable): InboundMessage => ({ type: 'runtimeError', id: '', code: 'X', message: '', recoverable })),
    fc.constant<InboundMessage>({ type: 'misplaced', id: '', command: 'CONFIGURE' }),
    fc.constant(REGISTER),
  );
  const step = fc.oneof(
    { weight: 6, arbitrary: message.map((said) => (driver: Driver) => void driver.say(said)) },
    { weight: 6, arbitrary: fc.constant((driver: Driver) => void driver.answer()) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...TIMERS).map((timer) => (driver: Driver) => driver.expire(timer)),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('reborn', 'shutdown', 'ended', 'replaced')
        .map((type) => (driver: Driver) => driver.event({ type })),
    },
  );

  test('answers come once each and in the order of the messages, and nothing after the close', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('unregistered' as const, ...PHASES),
        fc.array(step, { maxLength: 40 }),
        (phase, steps) => {
          const driver = Driver.at(phase);
          for (const go of steps) {
            const { length } = driver.sent;
            const wasClosed = driver.closed.length > 0;
            go(driver);
            if (wasClosed) expect(driver.sent).toHaveLength(length);
          }
          driver.answerAll();
          const answered = driver.sent.flatMap(({ to }) => (to === null ? [] : [Number(to.slice(1))]));
          expect(answered).toEqual([...new Set(answered)].sort((a, b) => a - b));
          expect(driver.closed.length).toBeLessThanOrEqual(1);
          expect(driver.told.length).toBeLessThanOrEqual(driver.closed.length);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test('until the ACK of RUNNING a component is sent only what the handshake consists of', () => {
    const allowed = ['REGISTERED', 'ACK', 'CONFIGURE', 'PONG'];
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const driver = Driver.at('unregistered');
        for (const go of steps) {
          const { length } = driver.sent;
          go(driver);
          if (driver.rules.phase === 'running' || driver.rules.phase === 'leaving') return;
          // A last ERROR may come with the close, never without it.
          const extra = driver.sent.slice(length).filter(({ body }) => !allowed.includes(body.command));
          expect(extra.length).toBeLessThanOrEqual(driver.closed.length);
        }
        const configures = driver.sent.filter(({ body }) => body.command === 'CONFIGURE');
        expect(configures.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 3_000 },
    );
  });
});
