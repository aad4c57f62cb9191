import { Connection } from '@temporalio/client';

const ANSWER_WITHIN_MS = 2_000;

/** Resolves when Temporal answers there and has the namespace; rejects otherwise. */
export async function probeTemporal(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: ANSWER_WITHIN_MS });
  try {
    await connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } finally {
    await connection.close();
  }
}
