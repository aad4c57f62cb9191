import type { ComponentStream } from './component-stream.ts';
import type { DataStreamEvent } from './events.ts';

/** Gives up a component whose time to connect is over. True when it did. */
export function giveUpLate(
  component: ComponentStream,
  now: number,
  onEvent: (event: DataStreamEvent) => void,
): boolean {
  const { presence, id } = component;
  if (presence.state !== 'awaited' && presence.state !== 'lost') return false;
  if (now < presence.deadline) return false;
  component.presence = { state: 'absent' };
  onEvent({ type: presence.state === 'lost' ? 'dataLost' : 'dataAbsent', componentId: id });
  return true;
}

/** Reports a component that has rows to take and takes none, once per stall. */
export function reportStall(
  component: ComponentStream,
  now: number,
  slowAfterMs: number,
  onEvent: (event: DataStreamEvent) => void,
): void {
  const { group, presence, taken, progressAt, id } = component;
  const stalled = group !== undefined && presence.state === 'connected' && taken < group.bytes;
  const slow = stalled && now - progressAt > slowAfterMs;
  if (slow && !component.slow)
    onEvent({ type: 'slow', componentId: id, since: Date.now() - Math.round(now - progressAt) });
  component.slow = slow;
}
