import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { identifyArchive } from '../../src/market/binance/archive/archive-ref.ts';
import { generateSample } from '../../src/market/binance/sample/generate.ts';
import { listTapes } from '../../src/tape/catalog.ts';
import { importFile } from '../../src/tape/import-file.ts';
import { zipsBelow } from '../market/reference-data.ts';
import { tempDir } from '../support/temp-dir.ts';
import { pythonWithPyarrow } from './pyarrow.ts';
import { readTape } from './rows.ts';

const python = pythonWithPyarrow();

/** Prints times, rows, and whether the typed columns have the values of the JSON. */
const SCRIPT = `
import json, sys, pyarrow as pa, pyarrow.ipc
with pa.ipc.open_file(sys.argv[1]) as file:
    table = file.read_all()
    manifest = json.loads(file.schema.metadata[b"aegis.manifest"])
table.validate(full=True)
rows = [json.loads(text) for text in table["json"].to_pylist()]
differences = []
for name in table.column_names:
    key = "time" if name == "trade_time" else name
    if name in ("time", "json"): continue
    for index, value in enumerate(table[name].to_pylist()):
        if value != rows[index][key]: differences.append([name, index, value])
print(json.dumps({"times": table["time"].to_pylist(), "json": table["json"].to_pylist(),
                  "columns": table.column_names, "rows": manifest["rows"], "differences": differences[:5]}))
`;

describe.skipIf(python === undefined)('tapes in pyarrow (needs python3 and the package pyarrow)', () => {
  it('have the same rows and times, and typed columns with the values of the rows', async () => {
    const dir = tempDir();
    const [visionDir, tapesDir] = [path.join(dir, 'vision'), path.join(dir, 'tape')];
    const sample = { visionDir, symbols: ['BTCUSDT'], from: '2025-01-01', days: 1, tradesPerDay: 40_000 } as const;
    await generateSample({ ...sample, market: 'spot' });
    await generateSample({ ...sample, market: 'um', types: ['bookDepth', 'metrics'] });
    for (const file of zipsBelow(visionDir)) await importFile({ archive: identifyArchive(file), tapesDir });
    const tapes = listTapes(tapesDir);
    expect(tapes).toHaveLength(5);
    for (const tape of tapes) {
      const file = path.join(tapesDir, tape.path);
      const rows = readTape(file);
      const output = execFileSync(python ?? '', ['-c', SCRIPT, file], { encoding: 'utf8', maxBuffer: 1 << 28 });
      const read = JSON.parse(output);
      expect(read.differences).toEqual([]);
      expect(read.rows).toBe(rows.length);
      expect(read.columns.length).toBeGreaterThan(5);
      expect(read.times).toEqual(rows.map(({ timeUs }) => timeUs));
      expect(read.json).toEqual(rows.map(({ json }) => json));
    }
  }, 240_000);
});
