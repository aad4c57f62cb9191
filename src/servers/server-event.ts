import type { ResolveProgress } from './resolve-progress.ts';
import type { ResolvedServer } from './resolve-server.ts';

export type ServerName = 'temporal' | 'nats-server';

/** What happens to the servers, for logs and for the terminal. */
export type ServerEvent =
  | { readonly type: 'progress'; readonly progress: ResolveProgress }
  | { readonly type: 'resolved'; readonly server: ServerName; readonly resolved: ResolvedServer }
  | { readonly type: 'external'; readonly server: ServerName; readonly address: string }
  | { readonly type: 'started'; readonly server: ServerName; readonly pid: number; readonly address: string }
  /** It ended without having been asked to, and is started again in `restartInMs`. */
  | {
      readonly type: 'died';
      readonly server: ServerName;
      readonly how: string;
      readonly log: string;
      readonly restartInMs: number;
    }
  | {
      readonly type: 'restart_failed';
      readonly server: ServerName;
      readonly message: string;
      readonly restartInMs: number;
    }
  | { readonly type: 'stopped'; readonly server: ServerName; readonly how: string };

export type OnServerEvent = (event: ServerEvent) => void;
