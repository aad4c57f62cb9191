import { z } from 'zod';
import type { ErrorData } from '../errors.ts';
import type { ComponentResults } from './finish.ts';

const cursorSchema = z.object({ tape: z.number(), batch: z.number(), row: z.number() });

/** Where a restarted orchestrator need not merge from the beginning: a position, never data. */
export const checkpointSchema = z.object({ seq: z.number(), cursors: z.array(cursorSchema) });

const liveSchema = z.object({
  /** Short topics that somebody wants; others of the plan are not subscribed. */
  wanted: z.array(z.string()),
  /** Socket of the data stream server for rows that take the short way. */
  directPath: z.string().exactOptional(),
  /** Folder into which the run is recorded, and the session's name; absent: it is not. */
  recording: z.object({ folder: z.string(), session: z.string() }).exactOptional(),
});

/** What aegisd tells the process of an orchestrator, over its IPC channel. */
export const orchestratorCommandSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('init'),
    sessionId: z.string(),
    natsUrl: z.string(),
    /** JSON file with a {@link StreamPlan}. */
    planPath: z.string(),
    /** Folder to which the paths of the plan are relative. */
    tapesDir: z.string(),
    run: z.number(),
    /** A higher attempt fences a lower one. */
    attempt: z.number(),
    resume: checkpointSchema.optional(),
    paused: z.boolean(),
    /** Present for a realtime run. */
    live: liveSchema.optional(),
  }),
  /** The plan has got more topics, or fewer of them are wanted. Realtime only. */
  z.object({ type: z.literal('topics'), wanted: z.array(z.string()) }),
  z.object({ type: z.literal('pause') }),
  z.object({ type: z.literal('resume') }),
  z.object({ type: z.literal('stop') }),
]);
export type OrchestratorCommand = z.infer<typeof orchestratorCommandSchema>;
export type LiveInit = z.infer<typeof liveSchema>;
export type OrchestratorInit = Extract<OrchestratorCommand, { type: 'init' }>;
export type OrchestratorCheckpoint = z.infer<typeof checkpointSchema>;

/** Every 500 ms, and once more at the end. */
export interface OrchestratorProgressMessage {
  readonly type: 'progress';
  /** Rows published. */
  readonly seq: number;
  /** Rows that every pacing component has taken. */
  readonly credited: number;
  /** Time of the last published row, unix ms; 0 before the first. */
  readonly ts: number;
  readonly epoch: number;
  /** Credited rows per second since the message before. */
  readonly rate: number;
  readonly streaming: boolean;
  readonly paused: boolean;
  readonly checkpoint: OrchestratorCheckpoint;
}

export type OrchestratorMessage =
  | OrchestratorProgressMessage
  | {
      readonly type: 'finished';
      readonly rows: number;
      readonly elapsedMs: number;
      readonly components: ComponentResults;
    }
  | { readonly type: 'stopped' }
  | { readonly type: 'fenced' }
  /** Something that belongs into the session's record. */
  | { readonly type: 'notice'; readonly event: string; readonly text: string }
  /** The process ends after it. */
  | { readonly type: 'failed'; readonly error: ErrorData };

/** Exit codes of the process, where no message can be read any more. */
export const ORCHESTRATOR_EXIT = { ok: 0, failed: 1, fenced: 3 } as const;
