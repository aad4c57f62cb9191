import { Connection } from '@temporalio/client';
import { expect, inject, test } from 'vitest';
import { probeNats } from '../../src/servers/nats-probe.ts';

test('every test file finds the Temporal and the NATS of the run', async () => {
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  try {
    const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    expect(namespaceInfo?.name).toBe('default');
  } finally {
    await connection.close();
  }
  const { hostname, port } = new URL(inject('natsUrl'));
  await probeNats(hostname, Number(port));
});
