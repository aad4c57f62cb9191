import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ComponentPlace } from '../path/measure-replay.ts';
import { installPythonPeers } from '../peers/install.ts';
import type { ReplayCase } from './replay-case.ts';
import { RAW_SOCKET } from './replay-case.ts';
import { throughAegis } from './through-aegis.ts';

const PROGRAMS = fileURLToPath(new URL('../programs/', import.meta.url));
const PYTHON_SDK = fileURLToPath(new URL('../../sdk/python/src', import.meta.url));

const typescript: ReplayCase = throughAegis({
  name: 'replay-sdk-ts',
  dataset: 't2',
  components: 1,
  note: '2 topics, a component on the TypeScript SDK that reads price and quantity of each row',
  against: [RAW_SOCKET],
  command: ({ reference, environment }) => ({
    program: process.execPath,
    args: [join(PROGRAMS, 'sdk.ts'), symbolsOf(reference.topics), String(reference.rows)],
    env: environment,
  }),
});

/** Columns: 3 M rows are through before the new processes are warm, so that it takes the month that `memory` has. */
const PYTHON_MODES = [
  { mode: 'rows', name: 'replay-sdk-python', dataset: 'small', what: 'row by row (orjson)' },
  { mode: 'dicts', name: 'replay-sdk-python-batches', dataset: 't2', what: 'in batches of NDJSON (orjson)' },
  { mode: 'arrow', name: 'replay-sdk-python-arrow', dataset: 't2month', what: 'in batches of Arrow (pyarrow)' },
] as const;

export const SDKS: readonly ReplayCase[] = [
  typescript,
  ...PYTHON_MODES.map(({ mode, name, dataset, what }) => ({
    name,
    prepare: async (context: Parameters<ReplayCase['prepare']>[0]) => {
      const python = await installPythonPeers(context.cache, context.tell);
      const command = ({ reference, environment }: ComponentPlace) => ({
        program: python,
        args: [join(PROGRAMS, 'sdk.py'), mode, symbolsOf(reference.topics), String(reference.rows)],
        env: { ...environment, PYTHONPATH: PYTHON_SDK, PYTHONDONTWRITEBYTECODE: '1' },
      });
      const note = `2 topics, a component on the Python SDK that reads price and quantity of each row, ${what}`;
      const format = mode === 'arrow' ? 'arrow' : 'ndjson';
      const options = { name, dataset, components: 1, note, against: [RAW_SOCKET], command, format } as const;
      return throughAegis(options).prepare(context);
    },
  })),
];

function symbolsOf(topics: readonly string[]): string {
  return topics.map((topic) => topic.split('.')[1]).join();
}
