import type { Mode } from '../model/market.ts';
import type { LaunchSpec } from '../model/session.ts';
import { inParallel } from './in-parallel.ts';
import { type Judgement, judge, type Skipped } from './judge.ts';
import { Peer } from './peer/peer.ts';
import { RULES } from './rules/index.ts';
import { isGreeting, isRunning } from './rules/look.ts';
import type { Rule } from './rules/rule.ts';
import type { ScenarioId } from './scenario-ids.ts';
import { SCENARIOS } from './scenarios/index.ts';
import type { Scenario } from './scenarios/scenario.ts';
import type { Dialect, Transcript } from './transcript.ts';

export interface CheckOptions {
  readonly launch: LaunchSpec;
  /** Sent with CONFIGURE. Default `{}`. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Default `historical`. */
  readonly mode?: Mode;
  /** Demanded of the component; by default it speaks which it likes. */
  readonly dialect?: Dialect;
  /** Ids of scenarios; all when missing or empty. */
  readonly only?: readonly ScenarioId[];
  /** Nothing is waited for longer, ms. Default 30 s, the longest limit of the protocol. */
  readonly patienceMs?: number;
  /** Scenarios that are played at once, each with a process of its own. Default 4. */
  readonly parallel?: number;
  readonly signal?: AbortSignal;
  readonly onScenario?: (progress: ScenarioProgress) => void;
}

export interface ScenarioProgress {
  readonly scenario: Scenario;
  readonly event: 'begins' | 'ended';
  readonly done: number;
  readonly total: number;
}

/** What was played and judged; {@link reportOf} makes it readable. */
export interface CheckResult {
  /** What the component spoke; undefined when it sent nothing. */
  readonly dialect: Dialect | undefined;
  readonly judgements: readonly Judgement[];
  readonly transcripts: readonly Transcript[];
  /** Scenarios that were not played, and why. */
  readonly skipped: readonly Skipped[];
}

const PATIENCE_MS = 30_000;
const PARALLEL = 4;

/** Takes a component program through the protocol. Leaves no process and no file behind, also when it is interrupted. */
export async function checkComponent(options: CheckOptions): Promise<CheckResult> {
  const only: readonly string[] = options.only ?? [];
  const wanted = SCENARIOS.filter(({ id }) => only.length === 0 || only.includes(id));
  const plain = wanted.filter(({ id }) => id === 'lifecycle');
  const others = wanted.filter(({ id }) => id !== 'lifecycle');
  const play = player(options, wanted.length);
  const transcripts = await inParallel(plain, 1, play);
  // What does not come through the plain run would break every other rule for the same reason.
  const reasons = others.map((scenario) => ({ scenario, reason: obstacle(scenario, transcripts[0]) }));
  const played = reasons.flatMap(({ scenario, reason }) => (reason === undefined ? [scenario] : []));
  transcripts.push(...(await inParallel(played, options.parallel ?? PARALLEL, play)));
  const skipped = reasons.flatMap(({ scenario: { id }, reason }) =>
    reason === undefined ? [] : [{ scenario: id, reason }],
  );
  const first = transcripts.flatMap(({ entries }) => entries).find((entry) => entry.kind === 'message');
  return {
    dialect: first?.kind === 'message' ? first.dialect : undefined,
    judgements: judge({ rules: rulesFor(wanted), transcripts, skipped }),
    transcripts,
    skipped,
  };
}

/** The rules that the scenarios have something to say about. */
function rulesFor(scenarios: readonly Scenario[]): readonly Rule[] {
  const played = new Set(scenarios.map(({ id }) => id));
  return RULES.filter((rule) => rule.scenarios === undefined || rule.scenarios.some((id) => played.has(id)));
}

/** Why a scenario is not worth playing after the plain run. */
function obstacle({ needsData }: Scenario, plain: Transcript | undefined): string | undefined {
  if (plain === undefined) return undefined;
  if (!plain.entries.some(isRunning)) return 'the component did not come to RUNNING';
  if (needsData && !plain.entries.some(isGreeting)) return 'the component takes no rows';
  return undefined;
}

function player(options: CheckOptions, total: number): (scenario: Scenario) => Promise<Transcript> {
  const { launch, config = {}, mode = 'historical', dialect, patienceMs = PATIENCE_MS, onScenario } = options;
  const { signal = new AbortController().signal } = options;
  let done = 0;
  return async (scenario) => {
    signal.throwIfAborted();
    onScenario?.({ scenario, event: 'begins', done, total });
    const peer = new Peer({ launch, config, mode, dialect, patienceMs, setting: scenario.setting, signal });
    try {
      await scenario.play(peer);
    } finally {
      await peer.close();
    }
    done += 1;
    onScenario?.({ scenario, event: 'ended', done, total });
    return { scenario: scenario.id, given: peer.given, entries: peer.recorder.entries };
  };
}
