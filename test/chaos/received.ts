import { globSync, readFileSync, statSync } from 'node:fs';
import { MAX_WRITE_BYTES } from '../../src/gateway/data/component-position.ts';
import { numbered } from '../sdk/stage.ts';
import { firstDifference } from '../support/independent.ts';
import type { AttachedComponent } from './components.ts';

/** More than the kernel holds for a connection and a program for one write. */
const LOST_WITH_A_PROCESS = 1 << 20;
/** The row in which a write began comes again from its beginning. */
const LONGEST_ROW = 1_024;

/** The complete lines that each process of a component has kept, oldest process first. */
export function keptBy({ name, out }: AttachedComponent): string[][] {
  const files = name === 'stored' ? [out] : globSync(`${out}.*`);
  const born = (path: string) => statSync(path).birthtimeMs;
  return files.sort((a, b) => born(a) - born(b)).map((path) => readFileSync(path, 'utf8').split('\n').slice(0, -1));
}

/** What is wrong with what a component has kept, by the promise that is made to its kind of client. */
export function problemOf(
  component: Pick<AttachedComponent, 'name'>,
  kept: readonly (readonly string[])[],
  expected: readonly string[],
): string | undefined {
  switch (component.name) {
    case 'stored':
      return firstDifference(kept[0] ?? [], numbered(expected));
    case 'replayed':
      return problemOfReplays(kept, numbered(expected));
    case 'acknowledged':
      return problemOfParts(kept, numbered(expected));
    case 'received':
      return problemOfPieces(kept, expected);
    default:
      return component.name satisfies never;
  }
}

function problemOfReplays(kept: readonly (readonly string[])[], expected: readonly string[]): string | undefined {
  for (const lines of kept.slice(0, -1)) {
    const difference = firstDifference(lines, expected.slice(0, lines.length));
    if (difference !== undefined) return `of an earlier process: ${difference}`;
  }
  return firstDifference(kept.at(-1) ?? [], expected);
}

/** Each process goes on where the one before was, or a little earlier; the last one comes to the end. */
function problemOfParts(kept: readonly (readonly string[])[], expected: readonly string[]): string | undefined {
  let end = 0;
  for (const lines of kept.filter((each) => each.length > 0)) {
    const first = Number(/"seq":(\d+),"data"/.exec(lines[0] ?? '')?.[1]);
    if (!(first <= end)) return `a process begins with row ${first}, the one before had ${end} rows`;
    const difference = firstDifference(lines, expected.slice(first, first + lines.length));
    if (difference !== undefined) return `of the process that began with row ${first}: ${difference}`;
    end = Math.max(end, first + lines.length);
  }
  return end === expected.length ? undefined : `${end} of ${expected.length} rows`;
}

/**
 * Nothing comes twice to one process. Between two, so much may be missing as was under way to the one that was killed; and
 * one write may come again when the server died with it, since the new process cannot say that the old one had it.
 */
function problemOfPieces(kept: readonly (readonly string[])[], expected: readonly string[]): string | undefined {
  let end = 0;
  for (const lines of kept.filter((each) => each.length > 0)) {
    const first = expected.indexOf(lines[0] ?? '');
    if (first < 0) return `a process begins with a row that is not one: ${lines[0]}`;
    const lost = bytesOf(expected.slice(end, first));
    if (lost > (end === 0 ? 0 : LOST_WITH_A_PROCESS)) return `${lost} bytes are missing at row ${end}`;
    const again = bytesOf(expected.slice(first, end));
    if (again > MAX_WRITE_BYTES + LONGEST_ROW) return `${again} bytes before row ${end} came again`;
    const difference = firstDifference(lines, expected.slice(first, first + lines.length));
    if (difference !== undefined) return `of the process that began with row ${first}: ${difference}`;
    end = first + lines.length;
  }
  return end === expected.length ? undefined : `${end} of ${expected.length} rows`;
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
}
