import { AegisError } from '../../model/errors.ts';
import { DAY_MS } from '../../model/market.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * The range that `--from` and `--to` name, unix ms, `to` excluded. A bare day in `--to` includes that whole day; a time
 * is taken as it is. Without a zone a time is UTC.
 */
export function parseRange(from: string, to: string): { readonly from: number; readonly to: number } {
  const range = { from: parseTime('--from', from), to: parseTime('--to', to) + (DAY.test(to) ? DAY_MS : 0) };
  if (range.from < range.to) return range;
  throw new AegisError('USAGE', `the range is empty: --from ${from} is not before --to ${to}`);
}

/** The time that an option names, unix ms. */
export function parseTime(option: string, text: string): number {
  const zoned = DAY.test(text) ? `${text}T00:00:00Z` : /(Z|[+-]\d{2}:\d{2})$/.test(text) ? text : `${text}Z`;
  const ms = Date.parse(zoned);
  const exact = !Number.isNaN(ms) && (!DAY.test(text) || new Date(ms).toISOString().startsWith(text));
  if (exact) return ms;
  throw new AegisError('USAGE', `${option} "${text}" is no time`, {
    remedy: 'Write a day as 2024-01-05 or a time as 2024-01-05T12:30:00Z.',
  });
}
