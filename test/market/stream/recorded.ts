import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Market } from '../../../src/model/market.ts';
import { DATA, hasData } from '../reference-data.ts';

/** A recording of market streams beside the project. */
export interface Recording {
  /** Path below the data folder, as MANIFEST.tsv has it. */
  readonly name: string;
  readonly market: Market;
}

export const RECORDINGS: readonly Recording[] = [
  ...namesIn('spot').map((name) => ({ name, market: 'spot' as const })),
  ...namesIn('usdm').map((name) => ({ name, market: 'um' as const })),
  { name: 'frames/cryptofeed/BINANCE_FUTURES.ws.1.0', market: 'um' },
];

/** The frames of a recording, without the times at which they were received. */
export function framesOf({ name }: Recording): string[] {
  const bytes = readFileSync(path.join(DATA, name));
  const lines = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n');
  return lines.filter((line) => line !== '' && !line.includes(' <-> ')).map(withoutTime);
}

/** Bodies of recorded REST answers with the address that was asked. */
export function answersOf(name: string): { readonly url: string; readonly body: string }[] {
  const lines = readFileSync(path.join(DATA, name), 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [, url, body] = /^(\S+) -> [\d.]+: (.*)$/.exec(line) ?? [];
    return url === undefined || body === undefined ? [] : [{ url, body }];
  });
}

/** What MANIFEST.tsv counted in a recording by other means, e.g. `depth@100ms`: 3451. */
export function manifestCounts(name: string): Map<string, number> {
  const lines = readFileSync(path.join(DATA, 'MANIFEST.tsv'), 'utf8').split('\n');
  const verified = lines.map((line) => line.split('\t')).find(([file]) => file === name)?.[6] ?? '';
  const [, counts = ''] = /^\{(.*?)\};/.exec(verified) ?? [];
  return new Map([...counts.matchAll(/'([^']+)': (\d+)/g)].map(([, key = '', count]) => [key, Number(count)]));
}

export interface RecordedAnswer {
  readonly queryString: string;
  readonly data: unknown;
}

/** Recorded answers of public REST calls, by path. */
export function restAnswers(route: string): RecordedAnswer[] {
  const routes = JSON.parse(readFileSync(path.join(DATA, 'rest/http.public-routes.json'), 'utf8'));
  return routes[route].GET;
}

/** The recorded answer to a query that contains all of `parts`. */
export function restAnswer(route: string, ...parts: readonly string[]): RecordedAnswer {
  const found = restAnswers(route).find(({ queryString }) => parts.every((part) => queryString.includes(part)));
  if (found === undefined) throw new Error(`no recorded answer of ${route} with ${parts.join(' and ')}`);
  return found;
}

function namesIn(folder: string): string[] {
  if (!hasData) return [];
  return readdirSync(path.join(DATA, 'frames', folder))
    .filter((name) => name.endsWith('.gz'))
    .map((name) => `frames/${folder}/${name}`);
}

/** `<ns> {…}` or `<s>: {…}` */
function withoutTime(line: string): string {
  return line.slice(line.indexOf('{'));
}
