import type { ComponentResult } from '../../model/wire/finish.ts';
import type { ComponentStream } from './component-stream.ts';
import type { StreamGroup } from './stream-group.ts';

/** What a component was given of its stream; with the hash when it took the whole of it. */
export function resultOf({ rows, delivered: bytes, whole }: ComponentStream, group: StreamGroup): ComponentResult {
  const { hash } = group;
  return whole && hash !== undefined ? { rows: group.rows, bytes, hash } : { rows, bytes };
}
