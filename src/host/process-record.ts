import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { identify } from '../servers/process-identity.ts';

/** What is remembered on disk of one launch of a component, so that the next aegisd finds its process again. */
export interface ProcessRecord {
  readonly incarnation: number;
  readonly pid: number;
  /** Tells the process from a later one with the same pid. */
  readonly identity: string;
  readonly logPath: string;
}

/** The files of one component's process: `<folder>/<component id>.json` and `<component id>.<incarnation>.exit`. */
export class ProcessRecords {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  exitPath(componentId: string, incarnation: number): string {
    return `${this.#folder}/${componentId}.${incarnation}.exit`;
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
    const path = this.#path(componentId);
    writeFileSync(`${path}.tmp`, JSON.stringify(record), { mode: 0o600 });
    renameSync(`${path}.tmp`, path);
  }

  /** The code the shim wrote, or undefined while there is none. */
  exitCode(componentId: string, incarnation: number): number | undefined {
    try {
      const text = readFileSync(this.exitPath(componentId, incarnation), 'utf8');
      return /^\d+$/.test(text) ? Number(text) : undefined;
    } catch {
      return undefined;
    }
  }

  forget(componentId: string): void {
    const record = this.read(componentId);
    if (record !== undefined) rmSync(this.exitPath(componentId, record.incarnation), { force: true });
    rmSync(this.#path(componentId), { force: true });
  }

  #path(componentId: string): string {
    return `${this.#folder}/${componentId}.json`;
  }
}

export function isAlive({ pid, identity }: ProcessRecord): boolean {
  return identify(pid) === identity;
}

function isRecord(value: unknown): value is ProcessRecord {
  if (typeof value !== 'object' || value === null) return false;
  return 'pid' in value && 'identity' in value && 'incarnation' in value && 'logPath' in value;
}
