import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder that is removed when the running test ends, however it ends. */
export function tempDir(): string {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'aegis-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
