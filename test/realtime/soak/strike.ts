import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { pidOf, signal } from '../../chaos/processes.ts';
import type { ExchangeProcess } from './exchange-process.ts';
import { type Blow, type Fault, VICTIMS } from './fault.ts';

export interface StrikeTargets {
  readonly home: string;
  readonly exchange: ExchangeProcess;
  /** The slow component reads nothing while this file exists. */
  readonly stallFile: string;
}

/** Does what the plan says, and ends when all of it is over. */
export async function strike(targets: StrikeTargets, { blow, second }: Fault): Promise<void> {
  const both = [hit(targets, blow)];
  if (second !== undefined) both.push(delay(second.afterMs).then(() => hit(targets, second.blow)));
  await Promise.all(both);
}

async function hit({ home, exchange, stallFile }: StrikeTargets, blow: Blow): Promise<void> {
  switch (blow.type) {
    case 'kill':
      signal(await pidOf(home, VICTIMS[blow.victim]), 'SIGKILL');
      return;
    case 'misbehave':
      for (const misbehaviour of blow.does) await exchange.misbehave(misbehaviour);
      await delay(blow.forMs);
      if (blow.mend !== undefined) await exchange.misbehave(blow.mend);
      return;
    case 'stall':
      writeFileSync(stallFile, '');
      await delay(blow.forMs);
      rmSync(stallFile, { force: true });
      return;
    default:
      return blow satisfies never;
  }
}
