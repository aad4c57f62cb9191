import { AegisError } from '../errors.ts';
import type { Fields } from './fields.ts';

/** How the rows of a slice are published: as lines on their topics, as columns, or as both. One choice per epoch. */
export type Lanes = 'lines' | 'columns' | 'both';

/** Nothing for lines. */
export function encodeLanes(lanes: Lanes): { readonly lanes?: Lanes } {
  return lanes === 'lines' ? {} : { lanes };
}

export function decodeLanes(kind: string, { lanes = 'lines' }: Fields): Lanes {
  if (lanes === 'lines' || lanes === 'columns' || lanes === 'both') return lanes;
  throw new AegisError('STREAM_FAILED', `a ${kind} message has unknown lanes`);
}
