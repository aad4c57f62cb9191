import type { DataStreamStatus } from '../gateway/data/events.ts';
import type { Notice } from '../model/event.ts';
import type { DataStreamMessage } from '../model/wire/data-stream-process.ts';

/** What a session's record says of a data stream server's report; nothing for its answers and failures. */
export function noticesOf(message: DataStreamMessage<DataStreamStatus>, live: boolean): readonly Notice[] {
  switch (message.type) {
    case 'dataAbsent':
    case 'dataLost':
    case 'behind':
    case 'caughtUp':
      return [{ event: message.type, componentId: message.componentId, text: TEXTS[message.type] }];
    case 'slow':
      return [{ event: 'slow', componentId: message.componentId, text: live ? TEXTS.stalled : TEXTS.slow }];
    case 'rowsLost': {
      const { componentId, from, to } = message;
      return [
        { event: 'rowsLost', componentId, text: `rows ${from} to ${to} were dropped by the log before it took them` },
      ];
    }
    case 'rowsVoid': {
      const { componentIds, from, to } = message;
      const text = `was given rows ${from} to ${to}, which the log does not have: other rows follow under these numbers`;
      return componentIds.map((componentId) => ({ event: 'rowsVoid', componentId, text }));
    }
    default:
      return [];
  }
}

const TEXTS = {
  dataAbsent: 'made no data connection in time: the stream goes on without it',
  dataLost: 'lost its data connection and did not return in time: the stream goes on without it',
  slow: 'takes no rows: the clock waits for it',
  stalled: 'takes no rows; the others are not held up',
  behind: 'takes less than comes: it reads the log at its own pace now',
  caughtUp: 'has caught up with the stream',
} as const;
