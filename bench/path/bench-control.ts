import { join } from 'node:path';
import { ControlServer } from '../../src/gateway/control/control-server.ts';
import { MemoryPort } from '../../test/support/memory-port.ts';
import { SESSION_ID } from '../data/dataset.ts';

/** The control server that components on an SDK register at, with a session in memory: no Temporal takes part in a replay. */
export class BenchControl {
  readonly #server: ControlServer;
  readonly #path: string;

  static async open(home: string, dataSocket: string): Promise<BenchControl> {
    const port = new MemoryPort();
    port.authentication = { ok: true, session: 'bench', sessionId: SESSION_ID };
    port.dataSocketPath = dataSocket;
    const path = join(home, 'control.sock');
    const server = new ControlServer({ path, port });
    await server.listen();
    return new BenchControl(server, path);
  }

  private constructor(server: ControlServer, path: string) {
    this.#server = server;
    this.#path = path;
  }

  /** What aegisd gives a component in its environment. */
  environment(componentId: string): Readonly<Record<string, string>> {
    return {
      AEGIS_SOCKET: this.#path,
      AEGIS_SESSION_TOKEN: SESSION_ID,
      AEGIS_COMPONENT_ID: componentId,
      AEGIS_COMPONENT_NAME: componentId,
      AEGIS_SESSION: 'bench',
      AEGIS_MODE: 'historical',
    };
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}
