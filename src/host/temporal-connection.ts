import { Connection, type ConnectionOptions } from '@temporalio/client';
import { RequestRetries } from '../client/request-retries.ts';

export interface TemporalConnection {
  readonly connection: Connection;
  /** Requests that have no answer yet fail. */
  close(): Promise<void>;
}

/** Connects to Temporal for requests that may be under way when the connection is closed. */
export async function connectTemporal(options: ConnectionOptions): Promise<TemporalConnection> {
  const retries = new RequestRetries();
  const connection = await Connection.connect({ ...options, interceptors: [retries.interceptor] });
  return {
    connection,
    close: async () => {
      await retries.end();
      await connection.close();
    },
  };
}
