import type { StreamPlan } from '../../src/model/plan.ts';
import { runBytes, runTopic } from '../../src/model/wire/order.ts';
import { planSources } from '../../src/orchestrator/plan-sources.ts';
import { SliceSource } from '../../src/orchestrator/slice-source.ts';

/** The lines of a plan in the order in which a historical session delivers them. */
export function mergedLines(plan: StreamPlan, tapesDir: string, sessionId: string): string[] {
  const topics = planSources(plan, tapesDir);
  const source = new SliceSource({ sessionId, topics, from: plan.from, to: plan.to });
  let text = '';
  while (!source.done) {
    source.cut();
    const arena = Buffer.alloc(source.runs.bytes);
    source.renderer.render(source.runs, arena);
    const read = new Map<number, number>();
    for (const word of source.runs.words()) {
      const topic = runTopic(word);
      const start = read.get(topic) ?? 0;
      read.set(topic, start + runBytes(word));
      text += source.renderer.lines(topic, arena).toString('utf8', start, start + runBytes(word));
    }
  }
  source.close();
  return text.split('\n').slice(0, -1);
}
