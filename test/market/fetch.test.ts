import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ArchiveRef, visionPath } from '../../src/market/binance/archive/archive-ref.ts';
import { type FetchArchivesOptions, fetchArchives } from '../../src/market/binance/archive/fetch.ts';
import { generateSample } from '../../src/market/binance/sample/generate.ts';
import { tempDir } from '../support/temp-dir.ts';
import { hasData, kline, VISION } from './reference-data.ts';
import { type Fault, serveVision } from './vision-server.ts';

const FIRST: ArchiveRef = { market: 'spot', type: 'aggTrades', symbol: 'BTCUSDT', period: '2024-01-01' };
const LAST: ArchiveRef = { ...FIRST, period: '2024-01-03' };
const REFS: readonly ArchiveRef[] = [FIRST, { ...FIRST, period: '2024-01-02' }, LAST];
const sourceOf = visionPath(FIRST);

async function setUp(fault?: Fault) {
  const upstream = tempDir();
  const visionDir = tempDir();
  await generateSample({
    visionDir: upstream,
    market: 'spot',
    symbols: ['BTCUSDT'],
    from: '2024-01-01',
    days: 3,
    types: ['aggTrades'],
    tradesPerDay: 2_000,
  });
  const server = await serveVision(upstream, fault);
  const fetchAll = (options: Partial<FetchArchivesOptions> = {}) =>
    fetchArchives({ baseUrl: server.url, visionDir, archives: REFS, backoffMs: 1, ...options });
  return { upstream, visionDir, server, fetchAll };
}

function filesIn(visionDir: string): string[] {
  return readdirSync(visionDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}

describe('fetching archives', () => {
  it('brings the archives byte for byte, each with its checksum', async () => {
    const { upstream, visionDir, fetchAll } = await setUp();
    expect((await fetchAll()).map(({ state }) => state)).toEqual(['fetched', 'fetched', 'fetched']);
    expect(filesIn(visionDir)).toEqual(filesIn(upstream));
    for (const source of REFS.map(visionPath).flatMap((name) => [name, `${name}.CHECKSUM`])) {
      expect(readFileSync(path.join(visionDir, source))).toEqual(readFileSync(path.join(upstream, source)));
    }
  });

  it('does not fetch again what is there and verified', async () => {
    const { server, fetchAll } = await setUp();
    await fetchAll({ archives: REFS.slice(0, 2) });
    server.requests.length = 0;
    expect((await fetchAll()).map(({ state }) => state)).toEqual(['present', 'present', 'fetched']);
    expect(server.requests.filter((name) => name.endsWith('.zip'))).toEqual([visionPath(LAST)]);
  });

  it('tells an archive that is not published from one that failed, and goes on with the others', async () => {
    const { fetchAll } = await setUp();
    const archives = [{ ...FIRST, period: '2024-02-30' }, FIRST];
    expect(await fetchAll({ archives })).toMatchObject([
      { state: 'failed', error: { code: 'NOT_PUBLISHED' } },
      { source: sourceOf, state: 'fetched' },
    ]);
  });

  it('refuses bytes that do not have the published hash and leaves nothing of them', async () => {
    const { upstream, visionDir, fetchAll } = await setUp();
    const file = path.join(upstream, sourceOf);
    const bytes = readFileSync(file);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const results = await fetchAll({ archives: [FIRST], retries: 1 });
    expect(results).toMatchObject([{ state: 'failed', error: { code: 'CHECKSUM_MISMATCH' } }]);
    expect(filesIn(visionDir)).toEqual([]);
  });

  it('refuses the checksum of another file', async () => {
    const { upstream, visionDir, fetchAll } = await setUp();
    const checksum = path.join(upstream, `${sourceOf}.CHECKSUM`);
    writeFileSync(checksum, readFileSync(checksum, 'utf8').replace('2024-01-01', '2024-01-09'));
    expect(await fetchAll({ archives: [FIRST], retries: 0 })).toMatchObject([
      { state: 'failed', error: { code: 'CHECKSUM_MISMATCH' } },
    ]);
    expect(filesIn(visionDir)).toEqual([]);
  });

  it('tries again after a cut connection and after a server error', async () => {
    let cuts = 0;
    let errors = 0;
    const { fetchAll, visionDir } = await setUp((request, response) => {
      if (request.url?.endsWith('.CHECKSUM') && errors++ === 0) {
        response.writeHead(503).end();
        return true;
      }
      if (!request.url?.endsWith('.zip') || cuts++ >= 2) return false;
      response.writeHead(200, { 'content-length': 5000 });
      response.write(Buffer.alloc(1000), () => response.destroy());
      return true;
    });
    expect(await fetchAll({ archives: [FIRST] })).toMatchObject([{ state: 'fetched' }]);
    expect({ cuts, errors }).toEqual({ cuts: 3, errors: 2 });
    expect(filesIn(visionDir)).toHaveLength(2);
  });

  it('gives up a connection that delivers nothing', async () => {
    const { fetchAll } = await setUp((request, response) => {
      if (!request.url?.endsWith('.zip')) return false;
      response.writeHead(200, { 'content-length': 5000 }).flushHeaders();
      return true;
    });
    expect(await fetchAll({ archives: [FIRST], idleMs: 50, retries: 1 })).toMatchObject([
      { state: 'failed', error: { code: 'DOWNLOAD_FAILED', message: expect.stringContaining('tried 2 times') } },
    ]);
  });

  it('continues after an interrupt with what is not finished', async () => {
    const controller = new AbortController();
    const { fetchAll, server, visionDir } = await setUp((request) => {
      if (request.url?.includes('2024-01-02')) controller.abort();
      return false;
    });
    await expect(fetchAll({ parallel: 1, signal: controller.signal })).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(filesIn(visionDir)).toHaveLength(2);
    server.requests.length = 0;
    expect((await fetchAll()).map(({ state }) => state)).toEqual(['present', 'fetched', 'fetched']);
    expect(server.requests).not.toContain(sourceOf);
  });

  it('fetches an archive again that was replaced upstream or damaged on disk, and says so', async () => {
    const { fetchAll, visionDir, upstream } = await setUp();
    await fetchAll({ archives: [FIRST] });
    writeFileSync(path.join(visionDir, sourceOf), 'damaged');
    expect(await fetchAll({ archives: [FIRST] })).toMatchObject([{ state: 'replaced' }]);
    expect(readFileSync(path.join(visionDir, sourceOf))).toEqual(readFileSync(path.join(upstream, sourceOf)));
  });

  it.skipIf(!hasData)('brings the real archives in the layout of Binance (needs ../shared/data)', async () => {
    const visionDir = tempDir();
    const { url } = await serveVision(VISION);
    const ref = { market: 'spot', type: 'klines', symbol: 'BTCUSDT', interval: '1m', period: '2020-01-01' } as const;
    expect(await fetchArchives({ baseUrl: url, visionDir, archives: [ref] })).toMatchObject([{ state: 'fetched' }]);
    expect(readFileSync(path.join(visionDir, visionPath(ref)))).toEqual(
      readFileSync(kline('BTCUSDT', '1m', '2020-01-01')),
    );
  });
});
