/** A process with a small heap that imports one archive and tells its parent the number of rows. */
import { identifyArchive } from '../../src/market/binance/archive/archive-ref.ts';
import { importFile } from '../../src/tape/import-file.ts';

const [file = '', tapesDir = ''] = process.argv.slice(2);
const { rows } = await importFile({ archive: identifyArchive(file), tapesDir });
process.send?.(rows, () => process.disconnect());
