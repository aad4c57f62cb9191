import { z } from 'zod';
import type { ErrorData } from '../errors.ts';

/** What aegisd tells the process of a data stream server, over its IPC channel. */
const componentSchema = z.object({ id: z.string(), topics: z.array(z.string()) });

/** A component that takes part in a run. */
const memberSchema = z.object({
  id: z.string(),
  /** Number of the merged stream's row with which its own stream begins; 0 unless it joined while the run was under way. */
  fromSeq: z.number(),
});
export type RunMember = z.infer<typeof memberSchema>;

export const dataStreamCommandSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('init'),
    sessionId: z.string(),
    socketPath: z.string(),
    /** Socket on which the orchestrator of a realtime run hands over rows. */
    directPath: z.string().exactOptional(),
    /** Positions of the components; survives a crash of this process. */
    journalPath: z.string(),
    /** Folder for the newest rows of a realtime run, which survive as well. */
    rowsPath: z.string().exactOptional(),
    natsUrl: z.string(),
    components: z.array(componentSchema),
    dataGraceMs: z.number(),
    dataReconnectMs: z.number(),
    /** Realtime: what is held for a component that takes less than comes, before it reads the log by itself. Bytes. */
    maxHeldBytes: z.number().optional(),
  }),
  z.object({ type: z.literal('setComponent'), component: componentSchema, request: z.number() }),
  z.object({ type: z.literal('removeComponent'), componentId: z.string(), request: z.number() }),
  z.object({
    type: z.literal('beginRun'),
    run: z.number(),
    topics: z.array(z.string()),
    members: z.array(memberSchema),
    /** Rows come from the market as they happen: single messages of a log, no clock, nobody is waited for. */
    live: z.boolean().optional(),
    request: z.number(),
  }),
  z.object({ type: z.literal('freeze'), run: z.number(), request: z.number() }),
  z.object({ type: z.literal('closeDataConnections'), request: z.number() }),
  z.object({ type: z.literal('status'), request: z.number() }),
]);
export type DataStreamCommand = z.infer<typeof dataStreamCommandSchema>;
export type DataStreamInit = Extract<DataStreamCommand, { type: 'init' }>;

/**
 * Where the plan of a running stream may change. `wait`: not now, ask again. `over`: the stream has ended. `frozen`: no
 * row is taken from `seq` on until the run is begun again; `ts` is the time of the row before, unix ms, missing when
 * there is none.
 */
export type StreamBorder =
  | { readonly state: 'wait' | 'over' }
  | { readonly state: 'frozen'; readonly seq: number; readonly ts?: number };

/** The answer to a command carries its `request`. */
export type DataStreamMessage<Status = unknown> =
  | { readonly type: 'listening' }
  | { readonly type: 'done'; readonly request: number }
  | { readonly type: 'refused'; readonly request: number; readonly error: ErrorData }
  | { readonly type: 'status'; readonly request: number; readonly status: Status }
  | { readonly type: 'frozen'; readonly request: number; readonly border: StreamBorder }
  | { readonly type: 'dataAbsent'; readonly componentId: string }
  | { readonly type: 'dataLost'; readonly componentId: string }
  | { readonly type: 'slow'; readonly componentId: string; readonly since: number }
  /** Realtime; see the events of the server. */
  | { readonly type: 'behind' | 'caughtUp'; readonly componentId: string }
  | { readonly type: 'rowsLost'; readonly componentId: string; readonly from: number; readonly to: number }
  | { readonly type: 'rowsVoid'; readonly componentIds: readonly string[]; readonly from: number; readonly to: number }
  /** The process ends after it. */
  | { readonly type: 'failed'; readonly error: ErrorData };
