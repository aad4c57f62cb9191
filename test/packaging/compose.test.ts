import { spawnSync } from 'node:child_process';
import { access, constants, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const Compose = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string().optional(),
      build: z.string().optional(),
      ports: z.array(z.string()).optional(),
      volumes: z.array(z.string()).optional(),
      depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
    }),
  ),
  volumes: z.record(z.string(), z.null()),
});

const TO_JSON = 'import json,sys,yaml; json.dump(yaml.safe_load(open("docker-compose.yml")), sys.stdout)';
const parsed = spawnSync('python3', ['-c', TO_JSON], { encoding: 'utf8' });

/** There is no container engine where these tests run: they read the file, they do not start it. */
describe.skipIf(parsed.status !== 0)('docker-compose.yml (needs python3 with PyYAML to be read)', () => {
  const { services, volumes } = Compose.parse(JSON.parse(parsed.stdout || '{"services":{},"volumes":{}}'));

  test('the production shape is complete, and every image has a pinned version', () => {
    expect(Object.keys(services)).toEqual(
      expect.arrayContaining(['postgres', 'temporal', 'temporal-ui', 'nats', 'aegisd']),
    );
    for (const [name, { image, build }] of Object.entries(services)) {
      expect(build ?? image, name).toMatch(/^\.$|:v?\d+\.\d+/);
    }
  });

  test('nothing is published beyond the loopback interface', () => {
    for (const port of Object.values(services).flatMap(({ ports = [] }) => ports))
      expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('what a service waits for exists, and so does every file and volume', async () => {
    for (const { depends_on = {}, volumes: mounts = [] } of Object.values(services)) {
      for (const name of Object.keys(depends_on)) expect(services).toHaveProperty(name);
      for (const mount of mounts) {
        const [source = ''] = mount.split(':');
        if (source.startsWith('./')) await access(source, constants.R_OK);
        else expect(volumes).toHaveProperty(source);
      }
    }
  });
});

test('the image runs the Node version that the project uses, without a shell, not as root', async () => {
  const dockerfile = await readFile('Dockerfile', 'utf8');
  const { devDependencies } = z
    .object({ devDependencies: z.object({ node: z.string() }) })
    .parse(JSON.parse(await readFile('package.json', 'utf8')));
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
  expect(new Set(bases)).toEqual(new Set([`node:${devDependencies.node}-bookworm-slim`]));
  expect(dockerfile).toMatch(/^USER node$/m);
  expect(dockerfile).toMatch(/^CMD \["node", /m);
  expect(dockerfile).toContain('ca-certificates');
});
