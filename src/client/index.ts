/** The client library: `import { AegisClient } from 'aegis-runtime'`. */
export { AegisError, type ErrorCode, EXIT } from '../model/errors.ts';
export type { Market, Mode } from '../model/market.ts';
export type { ComponentSpecInput, SessionSpecInput } from '../model/schema/session-schema.ts';
export type { Component, ComponentExit, DeliverySummary, Failure, RunSummary, Session } from '../model/session.ts';
export type { SessionState } from '../model/session-state.ts';
export { AegisClient, type ConnectOptions } from './aegis-client.ts';
export type { DeleteOptions } from './session-delete.ts';
export { type AttachOptions, type CommandAnswer, type EndedOptions, SessionHandle } from './session-handle.ts';
export type { SessionLine } from './session-list.ts';
export type { WaitOptions } from './session-wait.ts';
