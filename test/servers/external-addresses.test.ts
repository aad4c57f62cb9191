import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { externalAddresses } from '../../src/servers/external-addresses.ts';

test('an environment that names nothing means embedded servers', () => {
  expect(externalAddresses({})).toEqual({});
  // These say how to reach a Temporal, not that there is one.
  expect(externalAddresses({ TEMPORAL_NAMESPACE: 'prod', TEMPORAL_ADDRESS: '', NATS_URL: '' })).toEqual({});
});

test('each server is external on its own', () => {
  expect(externalAddresses({ NATS_URL: 'nats://n:4222' })).toEqual({ natsUrl: 'nats://n:4222' });
  expect(externalAddresses({ TEMPORAL_ADDRESS: 't:7233' })).toMatchObject({
    temporal: { address: 't:7233', namespace: 'default' },
  });
});

test('namespace, API key and TLS reach the connection', () => {
  const { temporal } = externalAddresses({
    TEMPORAL_ADDRESS: 't:7233',
    TEMPORAL_NAMESPACE: 'prod',
    TEMPORAL_API_KEY: 'secret',
  });
  expect(temporal).toMatchObject({ namespace: 'prod', connection: { address: 't:7233', apiKey: 'secret', tls: true } });
});

test('a profile of a configuration file is read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'aegis-envconfig-'));
  try {
    const file = join(folder, 'temporal.toml');
    await writeFile(file, '[profile.live]\naddress = "live:7233"\nnamespace = "trading"\n');
    const { temporal } = externalAddresses({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'live' });
    expect(temporal).toMatchObject({ address: 'live:7233', namespace: 'trading' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
