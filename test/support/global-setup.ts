import type { TestProject } from 'vitest/node';
import { startTestServers, type TestServers } from './servers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` of the Temporal of this test run; namespace `default`, search attributes registered. */
    readonly temporalAddress: string;
    /** Address of the nats-server of this test run, with JetStream. */
    readonly natsUrl: string;
  }
}

let servers: TestServers | undefined;

/** Runs once before all test files: `inject('temporalAddress')` and `inject('natsUrl')` tell them where to go. */
export async function setup(project: TestProject): Promise<void> {
  servers = await startTestServers();
  project.provide('temporalAddress', servers.temporalAddress);
  project.provide('natsUrl', servers.natsUrl);
}

/** Runs once after all test files, also when some failed. */
export async function teardown(): Promise<void> {
  await servers?.stop();
}
