import type { DatasetName } from '../data/dataset.ts';
import type { ProgramCommand } from '../path/component-program.ts';
import { type ComponentPlace, measureReplay } from '../path/measure-replay.ts';
import { type ReplayCase, sampleOf } from './replay-case.ts';

export interface ThroughAegis {
  readonly name: string;
  readonly dataset: DatasetName;
  readonly components: number;
  readonly note: string;
  readonly against: readonly string[];
  readonly command: (place: ComponentPlace) => ProgramCommand;
  /** Default: lines. */
  readonly format?: 'ndjson' | 'arrow';
}

/** Every process of the project, tapes on disk to the last byte read by a component. */
export function throughAegis(options: ThroughAegis): ReplayCase {
  const { name, dataset, components, note, against, command, format = 'ndjson' } = options;
  return {
    name,
    prepare: async (context) => {
      const [nats, data] = [await context.nats(), await context.data(dataset)];
      const ids = Array.from({ length: components }, (_, index) =>
        components === 1 ? 'component' : `component ${index + 1}`,
      );
      const measurement = { home: context.home, nats, data, components: ids, command, format };
      const each = components === 1 ? '' : ', the sum of all';
      return {
        name,
        unit: 'rows/s',
        note: `${note}; ${data.reference.rows / 1e6} M rows of ${Math.round(data.reference.bytes / data.reference.rows)} B${each}`,
        against,
        run: async () => sampleOf(await measureReplay(measurement), components),
      };
    },
  };
}
