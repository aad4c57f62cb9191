import { ComponentProgram, type Delivered, type ProgramCommand } from '../path/component-program.ts';
import type { MeasuredReplay } from '../path/measure-replay.ts';
import { ProcessWatch } from '../path/watch-processes.ts';
import type { PeerTrades } from './peer-trades.ts';

/** One replay by a peer in a new process, from "go" to its last row. Throws when it did not replay all trades. */
export async function measurePeer(command: ProgramCommand, trades: PeerTrades): Promise<MeasuredReplay> {
  const program = new ComponentProgram('peer', command);
  try {
    await program.ready;
    const watch = new ProcessWatch({ peer: program.pid });
    try {
      const began = Number(process.hrtime.bigint()) / 1e6;
      program.go();
      const delivered = await program.done;
      const watched = watch.stop();
      check(delivered, trades);
      return { ...watched, seconds: (delivered.at - began) / 1_000, delivered: [delivered] };
    } finally {
      watch.stop();
    }
  } finally {
    await program.end();
  }
}

function check({ rows, sum }: Delivered, trades: PeerTrades): void {
  const expected = trades.rows * trades.symbols.length;
  if (rows !== expected) throw new Error(`the peer replayed ${rows} trades instead of ${expected}`);
  if (sum !== undefined && sum !== trades.sum) throw new Error(`the prices add up to ${sum} instead of ${trades.sum}`);
}
