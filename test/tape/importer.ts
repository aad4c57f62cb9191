/** A process that imports a Vision folder and tells its parent each finished file: made to be killed. */
import { identifyArchive } from '../../src/market/binance/archive/archive-ref.ts';
import { importArchives } from '../../src/tape/import.ts';
import { zipsBelow } from '../market/reference-data.ts';

const [visionDir = '', tapesDir = ''] = process.argv.slice(2);
const archives = zipsBelow(visionDir).map((file) => identifyArchive(file));
let told = 0;
await importArchives({
  tapesDir,
  archives,
  threads: 2,
  onProgress: ({ filesDone }) => {
    if (filesDone > told) process.send?.(filesDone);
    told = filesDone;
  },
});
