import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeWhole } from './run-files.ts';

/**
 * What is remembered on disk of one launch of a component, so that the next aegisd finds its process again. It is
 * written before the launch; `process` is added after it.
 */
export interface ProcessRecord {
  readonly incarnation: number;
  readonly logPath: string;
  readonly process?: RecordedProcess;
}

export interface RecordedProcess {
  readonly pid: number;
  /** Tells the process from a later one with the same pid. */
  readonly identity: string;
}

/** Who has claimed a launch: the pid of a shim, nobody yet, or `closed`: it must not take place any more. */
export type Claim = number | 'open' | 'closed' | 'being written';

const CLOSED = 'closed';

/** The files of one component's process: `<folder>/<component id>.json` and `<component id>.<incarnation>.pid|.exit`. */
export class ProcessRecords {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What the files of one launch are called, without suffix. */
  base(componentId: string, incarnation: number): string {
    return `${this.#folder}/${componentId}.${incarnation}`;
  }

  read(componentId: string): ProcessRecord | undefined {
    const path = this.#path(componentId);
    if (!existsSync(path)) return undefined;
    try {
      const record: unknown = JSON.parse(readFileSync(path, 'utf8'));
      return isRecord(record) ? record : undefined;
    } catch {
      return undefined;
    }
  }

  write(componentId: string, record: ProcessRecord): void {
    writeWhole(this.#path(componentId), JSON.stringify(record));
  }

  claim(componentId: string, incarnation: number): Claim {
    const text = readText(`${this.base(componentId, incarnation)}.pid`);
    if (text === undefined) return 'open';
    if (text === CLOSED) return 'closed';
    return /^\d+$/.test(text) ? Number(text) : 'being written';
  }

  /** Claims a launch so that no shim can; without effect when one has. */
  close(componentId: string, incarnation: number): void {
    try {
      const file = openSync(`${this.base(componentId, incarnation)}.pid`, 'wx', 0o600);
      writeFileSync(file, CLOSED);
      closeSync(file);
    } catch {
      // A shim was first: its process is found by the claim.
    }
  }

  /** The code the shim wrote, or undefined while there is none. */
  exitCode(componentId: string, incarnation: number): number | undefined {
    const text = readText(`${this.base(componentId, incarnation)}.exit`);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  }

  /** Removes what is known of a component, but keeps the claim of a launch that might still be on its way. */
  forget(componentId: string): void {
    const record = this.read(componentId);
    if (record !== undefined) {
      const base = this.base(componentId, record.incarnation);
      rmSync(`${base}.exit`, { force: true });
      if (this.claim(componentId, record.incarnation) !== 'closed') rmSync(`${base}.pid`, { force: true });
    }
    rmSync(this.#path(componentId), { force: true });
  }

  #path(componentId: string): string {
    return `${this.#folder}/${componentId}.json`;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is ProcessRecord {
  if (typeof value !== 'object' || value === null) return false;
  return 'incarnation' in value && 'logPath' in value;
}
