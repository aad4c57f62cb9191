import type { ComponentState } from '../component-state.ts';
import type { Capabilities } from '../topic.ts';
import type { Command } from './message.ts';
import type { ProtocolProblem } from './protocol-error.ts';

/** What a component says at REGISTER. */
export interface Registration {
  /** Secret: never logged, never reported. */
  readonly token: string;
  readonly componentId?: string;
  readonly name: string;
  readonly version?: string;
  readonly capabilities: Capabilities;
  /** It takes a CONFIGURE while it runs. Default false. */
  readonly reconfigurable?: true;
}

/** A valid message of a component, whatever codec brought it. `id` is its message id. */
export type InboundMessage =
  | { readonly type: 'register'; readonly id: string; readonly registration: Registration }
  | { readonly type: 'stateUpdate'; readonly id: string; readonly state: ComponentState; readonly message?: string }
  | { readonly type: 'ack' | 'nack'; readonly id: string }
  | { readonly type: 'ping'; readonly id: string }
  | { readonly type: 'pong'; readonly id: string }
  | {
      readonly type: 'runtimeError';
      readonly id: string;
      readonly code: string;
      readonly message: string;
      readonly recoverable: boolean;
    }
  | { readonly type: 'shutdown'; readonly id: string }
  /** A known command that a component has no business to send. */
  | { readonly type: 'misplaced'; readonly id: string; readonly command: Command };

/** What a codec makes of one frame. `command` is what a faulty message called itself, where that could be read. */
export type Inbound =
  | { readonly type: 'message'; readonly message: InboundMessage }
  | { readonly type: 'problem'; readonly problem: ProtocolProblem; readonly command?: string };
