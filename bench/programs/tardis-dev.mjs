import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { combine, init, normalizeTrades, replayNormalized } from 'tardis-dev';
import { getFilters, normalizeMessages } from 'tardis-dev/dist/handy.js';

/**
 * A process: replays two symbols with tardis-dev, normalised, combined, and stringified. `cache`: with `replayNormalized` from
 * tardis-dev's own cache on disk. `memory`: its normaliser and `combine` over lines that lie parsed in memory, which leaves
 * out its files, inflating, splitting and parsing. Nothing is written anywhere: the lengths of the texts are added up.
 */
const [mode, folder, from, to, ...symbols] = process.argv.slice(2);
const EXCHANGE = 'binance';
init({ cacheDir: folder, endpoint: 'http://127.0.0.1:9' });

const open = mode === 'memory' ? await fromMemory() : fromCache;
say({ event: 'ready' });
await new Promise((resolve) => process.stdin.once('data', resolve));
let [rows, bytes, sum] = [0, 0, 0];
for await (const trade of combine(...symbols.map(open))) {
  bytes += JSON.stringify(trade).length;
  sum += Math.round(1_000 * trade.price);
  rows += 1;
}
say({ event: 'done', at: Number(process.hrtime.bigint()) / 1e6, rows, sum, texts: bytes });

function fromCache(symbol) {
  return replayNormalized({ exchange: EXCHANGE, symbols: [symbol], from, to }, normalizeTrades);
}

async function fromMemory() {
  const messages = new Map();
  for (const symbol of symbols) messages.set(symbol, await parsedLines(`${folder}/${symbol}.ndjson`));
  const create = (localTimestamp) => [normalizeTrades(EXCHANGE, localTimestamp)];
  return (symbol) => {
    const mappers = create(new Date(from));
    // Asked for what it asks its server for, as replayNormalized does.
    getFilters(mappers, [symbol]);
    const filter = (name) => name === symbol;
    return normalizeMessages(EXCHANGE, undefined, each(messages.get(symbol)), mappers, create, undefined, filter);
  };
}

async function* each(list) {
  yield* list;
}

async function parsedLines(path) {
  const parsed = [];
  for await (const line of createInterface({ input: createReadStream(path) })) {
    parsed.push({ localTimestamp: new Date(line.slice(0, 28)), message: JSON.parse(line.slice(29)) });
  }
  return parsed;
}

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
