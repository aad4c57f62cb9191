import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

/** Who may import whom among the folders of `src`: arrows point one way, `model` is at the bottom. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  model: [],
  bus: ['model'],
  servers: ['model'],
  secrets: ['model', 'servers'],
  workflows: ['model'],
  market: ['model'],
  fake: ['model', 'market'],
  tape: ['model', 'market'],
  recorder: ['model', 'bus', 'tape', 'market'],
  orchestrator: ['model', 'bus', 'tape', 'market', 'recorder'],
  // The check of a component needs no server: like `data`, it runs in aegisctl itself.
  client: ['model', 'servers', 'secrets', 'market', 'tape', 'conformance', 'fake'],
  gateway: ['model', 'bus'],
  // Aegis as a component meets it: the rules of the control server, and the handshake of the data stream server.
  conformance: ['model', 'gateway'],
  host: ['model', 'bus', 'servers', 'client', 'gateway'],
  activities: ['model', 'servers', 'secrets', 'market', 'tape', 'gateway', 'host'],
  worker: ['model', 'servers', 'secrets', 'gateway', 'host', 'activities'],
};

interface Import {
  readonly file: string;
  readonly folder: string;
  readonly target: string;
}

const files = globSync('**/*.ts', { cwd: SRC });
const imports = files.flatMap(importsOf);

describe('the folders of src', () => {
  it('are the ones that are described', () => {
    expect([...new Set(files.map(topFolder))].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  it.each(Object.entries(MAY_IMPORT))('%s imports only %j', (folder, allowed) => {
    const strangers = imports.filter((each) => each.folder === folder && each.target !== folder);
    expect(strangers.filter(({ target }) => !allowed.includes(target))).toEqual([]);
  });

  it('workflows load nothing that is not deterministic', () => {
    const packages = packagesOf('workflows/**/*.ts');
    expect([...packages].sort()).toEqual(['@temporalio/common', '@temporalio/workflow']);
  });

  it('only bus imports nats', () => {
    const others = files.filter((file) => topFolder(file) !== 'bus' && packagesIn(file).includes('nats'));
    expect(others).toEqual([]);
  });
});

function topFolder(file: string): string {
  return file.split('/')[0] ?? '';
}

function specifiers(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s+'([^']+)'/g)].map(([, specifier = '']) => specifier);
}

function importsOf(file: string): Import[] {
  return specifiers(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => relative(SRC, resolve(SRC, dirname(file), specifier)))
    .map((target) => ({ file, folder: topFolder(file), target: topFolder(target) }));
}

function packagesIn(file: string): string[] {
  return specifiers(file).filter((specifier) => !specifier.startsWith('.'));
}

function packagesOf(pattern: string): Set<string> {
  return new Set(globSync(pattern, { cwd: SRC }).flatMap(packagesIn));
}
