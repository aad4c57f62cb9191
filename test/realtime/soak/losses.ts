import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Ids, or open times in unix ms, that were declared lost; both included. */
export interface Loss {
  readonly topic: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

const rowSchema = z.object({ data: z.looseObject({ kind: z.string() }) });
const lossSchema = z.object({
  kind: z.literal('gap'),
  state: z.literal('lost'),
  topic: z.string(),
  from: z.number(),
  to: z.number(),
  reason: z.string().default(''),
});

/** What the status rows of a component say, by kind and state: how often. */
export interface Declared {
  readonly counts: Readonly<Record<string, number>>;
  readonly losses: readonly Loss[];
}

export function declaredIn(path: string): Declared {
  const rows = readFileSync(`${path}.status`, 'utf8').split('\n').slice(0, -1);
  const all = rows.map((line) => rowSchema.parse(JSON.parse(line)).data);
  const words = all.map(({ kind, state }) => (typeof state === 'string' ? `${kind} ${state}` : kind));
  const counts = Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, each]) => [word, each.length]));
  const losses = all.flatMap((row) => {
    const { data } = lossSchema.safeParse(row);
    return data === undefined ? [] : [data];
  });
  return { counts, losses };
}
