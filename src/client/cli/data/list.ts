import type { Command } from 'commander';
import { MARKET_NAMES, type MarketName } from '../../../model/market.ts';
import { homePaths } from '../../../model/paths.ts';
import { shortTopic } from '../../../model/topic.ts';
import type { TapeManifest } from '../../../tape/manifest.ts';
import { type CliContext, present } from '../context.ts';
import { count, table } from '../table.ts';
import { marketOption } from './options.ts';

interface ListOptions {
  readonly market?: MarketName;
  readonly tapes: boolean;
}

export function registerList(data: Command, context: CliContext): void {
  data
    .command('list')
    .description('What market data there is: topics, or every tape with its source')
    .addOption(marketOption())
    .option('--tapes', 'every tape with its gaps, warnings and source', false)
    .action(async ({ market, tapes }: ListOptions) => {
      // Loaded when it is needed: help and completion are to be quick.
      const { listTapes } = await import('../../../tape/catalog.ts');
      const dir = homePaths(context.home).tapes;
      const entries = listTapes(dir, market === undefined ? '' : MARKET_NAMES[market]);
      const manifests = entries.flatMap(({ found }) => (found.state === 'good' ? [found.manifest] : []));
      const damaged = entries.filter(({ found }) => found.state === 'damaged').map((entry) => entry.path);
      const topics = summarise(manifests);
      present(context, { topics, damaged, ...(tapes ? { tapes: manifests } : {}) }, () => [
        ...(tapes ? tapeLines(manifests) : topicLines(topics)),
        ...damaged.map((file) => `damaged: ${file}`),
        ...(entries.length === 0 ? ['no tapes yet; next: aegisctl data fetch or aegisctl data sample'] : []),
      ]);
    });
}

interface TopicSummary {
  readonly market: string;
  readonly topic: string;
  readonly first: string;
  readonly last: string;
  readonly tapes: number;
  readonly rows: number;
  readonly gaps: number;
}

function summarise(manifests: readonly TapeManifest[]): TopicSummary[] {
  const groups = Map.groupBy(manifests, (manifest) => `${manifest.market} ${topicOf(manifest)}`);
  return [...groups.values()].map((tapes) => ({
    market: tapes[0]?.market ?? '',
    topic: tapes[0] === undefined ? '' : topicOf(tapes[0]),
    first: tapes[0]?.period ?? '',
    last: tapes.at(-1)?.period ?? '',
    tapes: tapes.length,
    rows: tapes.reduce((sum, tape) => sum + tape.rows, 0),
    gaps: tapes.reduce((sum, tape) => sum + tape.gaps.length, 0),
  }));
}

function topicOf({ type, symbol, interval }: TapeManifest): string {
  return shortTopic(interval === undefined ? { type, symbol } : { type, symbol, detail: interval });
}

function topicLines(topics: readonly TopicSummary[]): string[] {
  if (topics.length === 0) return [];
  return table(
    ['market', 'topic', 'first', 'last', 'tapes', 'rows', 'gaps'],
    topics.map((t) => [t.market, t.topic, t.first, t.last, t.tapes, count(t.rows), t.gaps]),
  );
}

function tapeLines(manifests: readonly TapeManifest[]): string[] {
  return manifests.flatMap((tape) => [
    `${tape.market} ${topicOf(tape)} ${tape.period}  ${count(tape.rows)} rows  ${tape.source}`,
    ...tape.gaps.map(
      ({ from, to, kind }) => `  gap (${kind}) ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`,
    ),
    ...tape.warnings.map((text) => `  ${text}`),
  ]);
}
