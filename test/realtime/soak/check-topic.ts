import type { TrueRow } from './exchange-messages.ts';
import type { Loss } from './losses.ts';

export interface TopicCheck {
  readonly topic: string;
  /** As a component got them. */
  readonly rows: readonly TrueRow[];
  /** Of this topic. */
  readonly losses: readonly Loss[];
  /** Distance of two keys that follow each other: 1 for ids, ms for bars. */
  readonly step: number;
  /** What really happened, both included, in order. */
  readonly truth: (from: number, to: number) => Promise<readonly TrueRow[]>;
}

export interface TopicResult {
  readonly topic: string;
  readonly rows: number;
  /** Keys that exist nowhere and were declared so. */
  readonly lost: number;
  readonly problems: readonly string[];
}

const CHUNK = 20_000;
const MOST_PROBLEMS = 20;

/** Every key from the first to the last: delivered once, in order, as it happened; or nowhere and declared lost. */
export async function checkTopic({ topic, rows, losses, step, truth }: TopicCheck): Promise<TopicResult> {
  const problems: string[] = [];
  const tell = (text: string): void => void (problems.length < MOST_PROBLEMS && problems.push(`${topic}: ${text}`));
  const [first, last] = [rows[0]?.[0], rows.at(-1)?.[0]];
  if (first === undefined || last === undefined) return { topic, rows: 0, lost: 0, problems: [`${topic}: no rows`] };
  let [at, lost] = [0, 0];
  for (let from = first; from <= last; from += CHUNK * step) {
    const to = Math.min(last, from + (CHUNK - 1) * step);
    const happened = new Map(await truth(from, to));
    for (let key = from; key <= to; key += step) {
      const row = rows[at]?.[0] === key ? rows[at] : undefined;
      if (row !== undefined) at += 1;
      const isLost = losses.some((loss) => loss.from <= key && key <= loss.to);
      if (isLost && row === undefined) lost += 1;
      const problem = problemOf(row?.[1], happened.get(key), isLost);
      if (problem !== undefined) tell(`${key} ${problem}`);
    }
    while ((rows[at]?.[0] ?? Number.POSITIVE_INFINITY) <= to) {
      tell(`${rows[at]?.[0]} came in row ${at}, after or without its place`);
      at += 1;
    }
  }
  return { topic, rows: rows.length, lost, problems };
}

function problemOf(checksum: number | undefined, happened: number | undefined, lost: boolean): string | undefined {
  if (checksum !== undefined && lost) return 'is declared lost and was delivered';
  if (checksum === undefined) {
    if (!lost)
      return happened === undefined ? 'exists nowhere, and nothing declares it' : 'is missing, and nothing declares it';
    return happened === undefined ? undefined : 'is declared lost and exists';
  }
  if (happened === undefined) return 'was delivered and exists nowhere';
  return happened === checksum ? undefined : 'has other bytes than what happened';
}
