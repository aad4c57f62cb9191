import { InvalidArgumentError, Option } from 'commander';
import {
  DATA_TYPES,
  type DataType,
  INTERVALS,
  type Interval,
  isDataType,
  isInterval,
  MARKET_NAMES,
} from '../../../model/market.ts';
import { isToken } from '../../../model/topic.ts';

export function marketOption(): Option {
  return new Option('--market <market>', 'where the data come from').choices(Object.keys(MARKET_NAMES));
}

export function symbolsOption(): Option {
  return new Option('--symbol <symbols...>', 'BTCUSDT, several with blanks or commas').argParser(list(symbol));
}

export function typesOption(): Option {
  return new Option('--type <types...>', `of ${DATA_TYPES.join(', ')}`).argParser(list(dataType));
}

export function intervalsOption(): Option {
  return new Option('--interval <intervals...>', `of klines: ${INTERVALS.join(', ')}`).argParser(list(interval));
}

export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('a whole number above 0 is needed');
  return value;
}

export function symbol(text: string): string {
  if (!isToken(text)) throw new InvalidArgumentError(`"${text}" is no symbol`);
  return text;
}

export function dataType(text: string): DataType {
  if (!isDataType(text)) throw new InvalidArgumentError(`"${text}" is none of ${DATA_TYPES.join(', ')}`);
  return text;
}

export function interval(text: string): Interval {
  if (!isInterval(text)) throw new InvalidArgumentError(`"${text}" is none of ${INTERVALS.join(', ')}`);
  return text;
}

/** Values with blanks or commas between them, each checked. */
function list<T>(parse: (text: string) => T): (text: string, previous: readonly T[] | undefined) => T[] {
  return (text, previous) => [...(previous ?? []), ...text.split(',').map(parse)];
}
