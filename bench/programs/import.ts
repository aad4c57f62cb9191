import { type ImportMissingOptions, importMissing } from '../../src/tape/import.ts';

export type ImportOrder = Required<
  Pick<ImportMissingOptions, 'visionDir' | 'tapesDir' | 'market' | 'missing' | 'threads'>
>;

export interface ImportDone {
  readonly rows: number;
  /** Of CSV. */
  readonly bytes: number;
  readonly seconds: number;
}

/** A process: imports archives when its parent says which, and tells how long that took. */
process.once('message', (order: ImportOrder) => {
  void run(order);
});
process.on('disconnect', () => process.exit(0));

async function run(order: ImportOrder): Promise<void> {
  const began = performance.now();
  let [rows, bytes] = [0, 0];
  const { failures, notFound } = await importMissing({
    ...order,
    onProgress: (progress) => {
      ({ rows, bytes } = progress);
    },
  });
  const seconds = (performance.now() - began) / 1_000;
  if (failures[0] !== undefined) throw failures[0].error;
  if (notFound.length > 0) throw new Error(`there is no archive of ${notFound[0]?.topic}`);
  process.send?.({ rows, bytes, seconds } satisfies ImportDone);
}
