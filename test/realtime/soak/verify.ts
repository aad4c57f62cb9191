import { readFileSync } from 'node:fs';
import type { Session } from '../../../src/model/session.ts';
import { parseTopic } from '../../../src/model/topic.ts';
import { checkTopic, type TopicResult } from './check-topic.ts';
import type { ExchangeProcess } from './exchange-process.ts';
import { declaredIn } from './losses.ts';
import type { Reader } from './readers.ts';
import { rowsByTopic } from './records.ts';

export interface Verified {
  readonly topics: readonly TopicResult[];
  readonly declared: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

const MINUTE_MS = 60_000;
/** Whose truth the exchange tells. */
const TOLD: readonly string[] = ['trades', 'aggTrades', 'klines'];

export interface VerifyOptions {
  readonly exchange: ExchangeProcess;
  readonly readers: readonly [Reader, ...Reader[]];
  /** After the run. */
  readonly session: Session;
}

/** Everything that must be true of what the components got. */
export async function verify({ exchange, readers, session }: VerifyOptions): Promise<Verified> {
  const [plain, ...others] = readers;
  const rows = rowsByTopic(plain.out);
  const { counts, losses } = declaredIn(plain.out);
  const topics: TopicResult[] = [];
  for (const [topic, of] of rows) {
    const { type } = parseTopic(topic);
    if (!TOLD.includes(type)) {
      topics.push({
        topic,
        rows: of.length,
        lost: 0,
        problems: of.length === 0 && type !== 'status' ? [`${topic}: no rows`] : [],
      });
      continue;
    }
    const step = type === 'klines' ? MINUTE_MS : 1;
    const truth = (from: number, to: number) => exchange.rows(topic, from, to);
    topics.push(
      await checkTopic({ topic, rows: of, losses: losses.filter((loss) => loss.topic === topic), step, truth }),
    );
  }
  const problems = [
    ...topics.flatMap((each) => each.problems),
    ...others.flatMap(({ name, out }) =>
      sameFile(plain.out, out) ? [] : [`${name} got other rows than ${plain.name}`],
    ),
    ...readers.flatMap(({ name, out }) =>
      textOf(`${out}.problems`)
        .split('\n')
        .slice(0, -1)
        .map((text) => `${name}: ${text}`),
    ),
    ...readers.flatMap((reader) => problemsOfSummary(reader, session)),
  ];
  return { topics, declared: counts, problems };
}

/** Rows, bytes and hash that the session reports are those that the component counted itself. */
function problemsOfSummary({ name, id, out }: Reader, { summary }: Session): string[] {
  const own: unknown = JSON.parse(textOf(`${out}.summary`));
  const { rows, bytes, hash } = summary?.components[id] ?? {};
  const [told, counted] = [JSON.stringify({ rows, bytes, hash }), JSON.stringify(own)];
  return told === counted ? [] : [`${name}: reported ${told}, and it got ${counted}`];
}

function sameFile(one: string, other: string): boolean {
  return readFileSync(one).equals(readFileSync(other));
}

function textOf(path: string): string {
  return readFileSync(path, 'utf8');
}
