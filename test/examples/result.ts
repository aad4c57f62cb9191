/** What the examples print for a run. */
export interface Result {
  readonly rows: number;
  /** FNV-1a, 64 bits, of all lines with their newlines. */
  readonly checksum: string;
  readonly topics: Readonly<Record<string, { readonly rows: number; readonly volume: number; readonly last: number }>>;
}

const START = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;

/** What a component must print that got these lines. */
export function resultOf(lines: readonly string[]): Result {
  const topics: Record<string, { rows: number; volume: number; last: number }> = {};
  for (const line of lines) {
    const { topic, data } = JSON.parse(line);
    const name = topic.split('.').slice(2).join('.');
    topics[name] ??= { rows: 0, volume: 0, last: 0 };
    topics[name].rows += 1;
    topics[name].volume += data.volume ?? data.qty;
    topics[name].last = data.close ?? data.price;
  }
  return { rows: lines.length, checksum: fnv1a(lines.map((line) => `${line}\n`).join('')), topics };
}

export function fnv1a(text: string): string {
  let hash = START;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * PRIME);
  return hash.toString(16).padStart(16, '0');
}

/** The results in a component's log, which has other lines as well. */
export function resultsIn(log: readonly string[]): Result[] {
  return log.filter((line) => line.startsWith('{"')).map((line) => JSON.parse(line));
}
