import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ConfigDelivery, LogEntry } from '../model/activities.ts';
import type { Command, Notice } from '../model/event.ts';
import type { ComponentReport, ReportAnswer } from '../model/report.ts';
import type { Session } from '../model/session.ts';
import { COMMANDS, type SessionState } from '../model/session-state.ts';

/** The argument of a command: its event without the type, which is the name of the update or signal. */
export type CommandArgument = Omit<Command, 'type'>;

export interface CommandAnswer {
  readonly state: SessionState;
  readonly run: number;
  readonly paused: boolean;
  /** Of `configure` for a component that runs: what became of the new configuration. */
  readonly delivery?: ConfigDelivery['answer'];
}

export const commandUpdates = COMMANDS.map((name) => defineUpdate<CommandAnswer, [CommandArgument?]>(name));
export const commandSignals = COMMANDS.map((name) => defineSignal<[CommandArgument?]>(name));
export const reportUpdate = defineUpdate<readonly ReportAnswer[], [readonly ComponentReport[]]>('report');
export const noticeSignal = defineSignal<[Notice]>('notice');
export const stateQuery = defineQuery<Session>('state');
export const eventsQuery = defineQuery<readonly LogEntry[]>('events');
