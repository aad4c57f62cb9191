import type { SessionHandle } from '../../src/client/index.ts';
import type { TestAegis } from '../support/aegis.ts';
import { until } from '../support/until.ts';
import { logOf } from './stage.ts';

/** What a program prints, one JSON object in a line, its `pid` first. */
export interface Told {
  readonly pid?: number;
  readonly run?: number;
  /** Rows of the run that it has. */
  readonly rows?: number;
  /** Rows of this batch. */
  readonly count?: number;
  readonly replayed?: boolean;
  readonly caughtUp?: number;
  readonly state?: string;
}

/** What all processes of a component have told so far. */
export function toldBy(aegis: TestAegis, session: SessionHandle, name: string): Told[] {
  // The last line may be in the making.
  const whole = logOf(aegis, session, name).filter((line) => line.startsWith('{') && line.endsWith('}'));
  return whole.map((line): Told => JSON.parse(line));
}

/** What the present process has told. */
export function toldNow(aegis: TestAegis, session: SessionHandle, name: string): Told[] {
  const all = toldBy(aegis, session, name);
  return all.slice(all.findLastIndex(({ pid }) => pid !== undefined));
}

/** Kills the present process with -9 once it has told something, and waits for the next one; what it had told. */
export async function killWhen(
  aegis: TestAegis,
  session: SessionHandle,
  name: string,
  when: (told: Told) => boolean,
): Promise<Told> {
  const told = await until(
    `${name} is where it is to be killed`,
    () => toldNow(aegis, session, name).find(when),
    120_000,
  );
  const { pid } = toldNow(aegis, session, name)[0] ?? {};
  if (pid === undefined) throw new Error(`${name} has not told its pid`);
  process.kill(pid, 'SIGKILL');
  await until(`${name} was started again`, () => toldNow(aegis, session, name)[0]?.pid !== pid);
  return told;
}
