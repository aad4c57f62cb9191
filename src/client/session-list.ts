import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { SearchAttributeName } from '../model/search-attributes.ts';
import { fromTemporal } from './temporal-errors.ts';

export interface SessionLine {
  readonly name: string;
  readonly state: string;
  readonly mode: string;
  readonly market: string;
  readonly host: string;
  readonly components: number;
  /** Unix ms. */
  readonly createdAt: number;
  readonly workflowId: string;
  readonly runId: string;
}

export async function listSessions(
  client: Client,
  { all = false }: { readonly all?: boolean },
): Promise<SessionLine[]> {
  const query = `WorkflowType = 'session'${all ? '' : " AND ExecutionStatus = 'Running'"}`;
  const lines: SessionLine[] = [];
  try {
    for await (const info of client.workflow.list({ query })) {
      if (info.status.name !== 'CONTINUED_AS_NEW') lines.push(lineOf(info));
    }
  } catch (error) {
    throw fromTemporal(error, '*');
  }
  return lines;
}

function lineOf(info: WorkflowExecutionInfo): SessionLine {
  const text = (name: SearchAttributeName) => info.typedSearchAttributes.get(defineSearchAttributeKey(name, 'KEYWORD'));
  const number = (name: SearchAttributeName) => info.typedSearchAttributes.get(defineSearchAttributeKey(name, 'INT'));
  return {
    name: info.workflowId.replace(/^session\//, ''),
    state: info.status.name === 'TERMINATED' ? 'TERMINATED' : (text('AegisState') ?? 'REGISTERED'),
    mode: text('AegisMode') ?? '',
    market: text('AegisMarket') ?? '',
    host: text('AegisHost') ?? '',
    components: number('AegisComponents') ?? 0,
    createdAt: info.startTime.getTime(),
    workflowId: info.workflowId,
    runId: info.runId,
  };
}
