/**
 * What happens to a realtime stream beside its rows: told to operators, kept in the session's record, and given in-band to
 * components that declare the data type `status` (topic `status.<SYMBOL>`), in the order in which it happened.
 */
export type StreamStatus =
  /** Rows are missing: `from` to `to`, both included, are ids (trades, aggTrades) or open times in unix ms (klines). */
  | {
      readonly kind: 'gap';
      /** Short topic. */
      readonly topic: string;
      readonly state: 'filling' | 'filled' | 'lost';
      readonly from: number;
      readonly to: number;
      /** Rows that were filled in. */
      readonly rows: number;
      /** Why it cannot be filled. */
      readonly reason?: string;
    }
  /** An order book was thrown away and is built again from a snapshot. `synced`: its rows go on. */
  | { readonly kind: 'book'; readonly topic: string; readonly state: 'lost' | 'synced'; readonly reason: string }
  /** Subscribed, and nothing came for `forMs`. `sounding`: it has come back. */
  | {
      readonly kind: 'silence';
      readonly topic: string;
      readonly state: 'silent' | 'sounding';
      readonly forMs: number;
    }
  /** The socket that carries a topic was lost, or is there (again). */
  | {
      readonly kind: 'connection';
      readonly topic: string;
      readonly state: 'lost' | 'open';
      readonly reason: string;
    }
  /** The exchange gave other values for a bar that was delivered already. The row stays as it was. */
  | {
      readonly kind: 'correction';
      readonly topic: string;
      /** Of the bar, unix ms. */
      readonly openTime: number;
      /** What differs: `close 100 -> 101, count 3 -> 4`. */
      readonly changes: string;
    }
  /** Rows before are history; from here on they are live. Once per topic. */
  | { readonly kind: 'live'; readonly topic: string };

/** The row's `data`: fields in snake case, all of them plain. `at`: unix ms. */
export function renderStatus(status: StreamStatus, at: number): string {
  return JSON.stringify({ event_time: at, ...snake(status) });
}

function snake({ kind, topic, ...rest }: StreamStatus): Record<string, unknown> {
  const fields: Record<string, unknown> = { kind, topic };
  for (const [name, value] of Object.entries(rest))
    fields[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] = value;
  return fields;
}

/** One line for operators. */
export function statusText(status: StreamStatus): string {
  switch (status.kind) {
    case 'gap': {
      const { topic, state, from, to, rows, reason } = status;
      const range = from === to ? `${from}` : `${from} to ${to}`;
      return `${topic}: ${range} ${GAP_TEXT[state]}${state === 'filling' ? '' : `, ${rows} rows filled in`}${reason === undefined ? '' : ` (${reason})`}`;
    }
    case 'book':
      return `${status.topic}: ${status.state === 'lost' ? 'the book is built again' : 'the book is in step'} (${status.reason})`;
    case 'silence':
      return `${status.topic}: ${status.state === 'silent' ? `nothing came for ${status.forMs} ms` : `it has come back after ${status.forMs} ms`}`;
    case 'connection':
      return `${status.topic}: ${status.state === 'lost' ? 'connection lost' : 'connected'} (${status.reason})`;
    case 'correction':
      return `${status.topic}: the exchange has changed the bar of ${new Date(status.openTime).toISOString()} after its row (${status.changes})`;
    case 'live':
      return `${status.topic}: live from here on`;
    default:
      return status satisfies never;
  }
}

const GAP_TEXT = { filling: 'are missing and asked for', filled: 'were missing', lost: 'are lost' } as const;
