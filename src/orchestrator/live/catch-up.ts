import type { MarketEvent } from '../../market/binance/stream/market-event.ts';
import { compareTopics } from '../../model/topic.ts';

/** What REST has of one topic, in order, in pages; ends where there is no more for now. */
export interface PastEvents {
  readonly topic: string;
  readonly pages: AsyncIterator<readonly MarketEvent[]>;
}

interface Cursor extends PastEvents {
  page: readonly MarketEvent[];
  next: number;
}

/** Merges what several topics missed in the order of a historical session: time, then topic. */
export async function* mergePast(sources: readonly PastEvents[]): AsyncIterable<MarketEvent> {
  const cursors: Cursor[] = [];
  for (const source of [...sources].sort((a, b) => compareTopics(a.topic, b.topic))) {
    const cursor = { ...source, page: [], next: 0 };
    if (await loaded(cursor)) cursors.push(cursor);
  }
  while (cursors.length > 0) {
    const first = cursors.reduce((least, cursor) => (timeOf(cursor) < timeOf(least) ? cursor : least));
    const event = first.page[first.next];
    if (event !== undefined) yield event;
    first.next += 1;
    if (!(await loaded(first))) cursors.splice(cursors.indexOf(first), 1);
  }
}

/** False when the topic has no more. */
async function loaded(cursor: Cursor): Promise<boolean> {
  while (cursor.next >= cursor.page.length) {
    const { done, value } = await cursor.pages.next();
    if (done) return false;
    cursor.page = value;
    cursor.next = 0;
  }
  return true;
}

function timeOf({ page, next }: Cursor): number {
  const event = page[next];
  if (event === undefined) return Infinity;
  if (event.type === 'trade' || event.type === 'aggTrade') return event.timeUs;
  return event.type === 'kline' ? event.record.closeTime * 1_000 : 0;
}
