import { execFile } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ProgramCommand } from '../path/component-program.ts';
import { installNodePeers, installPythonPeers } from '../peers/install.ts';
import { measurePeer } from '../peers/measure-peer.ts';
import { type PeerTrades, peerTrades } from '../peers/peer-trades.ts';
import { writeTardisCache } from '../peers/tardis-data.ts';
import type { BenchContext } from '../suite/block.ts';
import type { Contestant } from '../suite/contest.ts';
import type { ReplayCase } from './replay-case.ts';
import { sampleOf } from './replay-case.ts';

const PROGRAMS = fileURLToPath(new URL('../programs/', import.meta.url));

/** tardis-dev: from its own cache on disk, and from memory, where only its normaliser and `combine` work. */
export const TARDIS: readonly ReplayCase[] = (['cache', 'memory'] as const).map((mode) => ({
  name: mode === 'cache' ? 'tardis-dev' : 'tardis-dev-memory',
  prepare: async (context) => {
    await installNodePeers(context.tell);
    const { trades, folder } = await made(context, 'tardis', async (peer, target) => writeTardisCache(peer, target));
    const [from, to] = [trades.from, trades.to].map((ms) => new Date(ms).toISOString());
    const args = [join(PROGRAMS, 'tardis-dev.mjs'), mode, folder, from ?? '', to ?? '', ...trades.symbols];
    const source =
      mode === 'cache' ? 'replayNormalized from its cache on disk' : 'its normaliser over messages parsed in memory';
    return peer(
      mode === 'cache' ? 'tardis-dev' : 'tardis-dev-memory',
      `tardis-dev: ${source}, two symbols combined, JSON.stringify`,
      { program: process.execPath, args },
      trades,
    );
  },
}));

export const NAUTILUS: ReplayCase = {
  name: 'nautilus',
  prepare: async (context) => {
    const python = await installPythonPeers(context.cache, context.tell);
    const { trades, folder } = await made(context, 'nautilus', async ({ rows, tapes }, target) => {
      const args = [join(PROGRAMS, 'nautilus_catalog.py'), target, String(rows), ...tapes];
      await promisify(execFile)(python, args);
    });
    const args = [join(PROGRAMS, 'nautilus.py'), folder, ...trades.symbols];
    const note = 'NautilusTrader: Parquet catalog, BacktestNode, a strategy that counts trade ticks';
    return peer('nautilus', note, { program: python, args }, trades);
  },
};

function peer(name: string, note: string, command: ProgramCommand, trades: PeerTrades): Contestant {
  const rows = (trades.rows * trades.symbols.length) / 1e6;
  return {
    name,
    unit: 'rows/s',
    note: `${note}; ${rows} M rows`,
    run: async () => sampleOf(await measurePeer(command, trades), 1),
  };
}

/** A peer's own form of the trades, kept beside the dataset. */
async function made(
  context: BenchContext,
  name: string,
  make: (trades: PeerTrades, target: string) => Promise<void>,
): Promise<{ readonly trades: PeerTrades; readonly folder: string }> {
  const data = await context.data('t2');
  const trades = peerTrades(data);
  const folder = join(data.folder, name);
  if (existsSync(folder)) return { trades, folder };
  context.tell(`making the data of ${name} …`);
  const staging = `${folder}.${process.pid}`;
  try {
    await make(trades, staging);
    if (!existsSync(folder)) renameSync(staging, folder);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return { trades, folder };
}
