import { unitOf } from '../archive/row-fields.ts';
import { canonicalDecimal, type Decimal } from '../record/decimal.ts';
import type { BookLevel } from './market-event.ts';

/** What came is not what the exchange sends. The message names the field. */
export class Malformed extends Error {
  override name = 'Malformed';
}

export type Fields = Readonly<Record<string, unknown>>;

/** What may stand in a JSON string without an escape, and is no NATS wildcard or separator. */
const SYMBOL = /^[^\s"\\.*>\p{Cc}]{1,64}$/u;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Each of these throws {@link Malformed}. `name`: how the exchange calls the field. */
export function fieldsOf(value: unknown, name: string): Fields {
  return isFields(value) ? value : refuse(value, name, 'an object');
}

export function listOf(value: unknown, name: string): readonly unknown[] {
  return Array.isArray(value) ? value : refuse(value, name, 'a list');
}

export function textOf(value: unknown, name: string): string {
  return typeof value === 'string' ? value : refuse(value, name, 'a text');
}

export function boolOf(value: unknown, name: string): boolean {
  return typeof value === 'boolean' ? value : refuse(value, name, 'true or false');
}

/** A number of the exchange's: an id, a count. */
export function countOf(value: unknown, name: string): number {
  return isCount(value) ? value : refuse(value, name, 'a whole number');
}

/** An integer time in ms or µs, as µs. */
export function timeUsOf(value: unknown, name: string): number {
  const unit = isCount(value) ? unitOf(value) : undefined;
  if (!isCount(value) || unit === undefined) return refuse(value, name, 'a time');
  const timeUs = unit === 'us' ? value : value * 1000;
  // Of the year 2255 and later: a digit too many.
  return Number.isSafeInteger(timeUs) ? timeUs : refuse(value, name, 'a time');
}

/** An integer time in ms or µs, as ms. */
export function timeMsOf(value: unknown, name: string): number {
  return Math.floor(timeUsOf(value, name) / 1000);
}

/** A price or a quantity: decimal text, not negative. */
export function amountOf(value: unknown, name: string): Decimal {
  const decimal = typeof value === 'string' ? canonicalDecimal(value) : undefined;
  if (decimal === undefined || decimal.startsWith('-')) return refuse(value, name, 'a decimal number');
  return decimal;
}

export function symbolOf(value: unknown, name: string): string {
  return typeof value === 'string' && SYMBOL.test(value) ? value : refuse(value, name, 'a symbol');
}

/** Pairs of price and quantity. A negative one passes: the book judges it, and is built again. */
export function levelsOf(value: unknown, name: string): BookLevel[] {
  return listOf(value, name).map((level) => {
    const [price, quantity] = listOf(level, name);
    return [decimalOf(price, name), decimalOf(quantity, name)];
  });
}

function decimalOf(value: unknown, name: string): Decimal {
  const decimal = typeof value === 'string' ? canonicalDecimal(value) : undefined;
  return decimal ?? refuse(value, name, 'a decimal number');
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isSafeInteger(value);
}

function refuse(value: unknown, name: string, wanted: string): never {
  if (value === undefined) throw new Malformed(`${name} is missing`);
  throw new Malformed(`${name} is ${shown(value)}, not ${wanted}`);
}

const SHOWN = 60;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
