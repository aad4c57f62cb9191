import { topicSubject } from './subjects.ts';

/**
 * A row on the wire: `<prefix><ts><LINE_MIDDLE><data><LINE_END>`, that is
 * `{"session_id":"…","topic":"…","ts":1714815000123,"data":{…}}` and a line end.
 */
export const LINE_MIDDLE = Buffer.from(',"data":', 'latin1');
export const LINE_END = Buffer.from('}\n', 'latin1');

/** Everything of a row's line that comes before its time. */
export function linePrefix(sessionId: string, short: string): Buffer {
  const topic = topicSubject(sessionId, short);
  return Buffer.from(`{"session_id":${JSON.stringify(sessionId)},"topic":${JSON.stringify(topic)},"ts":`, 'utf8');
}
