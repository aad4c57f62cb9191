import { ApplicationFailure, WorkflowUpdateFailedError } from '@temporalio/client';
import { expect, it } from 'vitest';
import { sendUpdate } from '../../src/client/send-update.ts';

function failed(type: string): WorkflowUpdateFailedError {
  return new WorkflowUpdateFailedError('Workflow Update failed', ApplicationFailure.nonRetryable('why', type));
}

it('an update that the worker left unanswered is sent again, one that the session refused is not', async () => {
  let sent = 0;
  const send = (last: () => string) => async () => {
    sent += 1;
    if (sent < 3) throw failed('UnprocessedUpdate');
    return last();
  };
  await expect(sendUpdate(send(() => 'answer'))).resolves.toBe('answer');
  expect(sent).toBe(3);
  sent = 0;
  const refusal = failed('ILLEGAL_TRANSITION');
  const refused = sendUpdate(
    send(() => {
      throw refusal;
    }),
  );
  await expect(refused).rejects.toBe(refusal);
  expect(sent).toBe(3);
});
