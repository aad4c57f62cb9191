import { BOOK_DEPTH_COLUMNS, type BookDepthRecord, renderBookDepth } from '../../record/book-depth.ts';
import { type ArchiveFormat, isData, toMs } from './format.ts';

const COLUMNS = ['timestamp', 'percentage', 'depth', 'notional'];

export const bookDepth: ArchiveFormat<BookDepthRecord> = {
  type: 'bookDepth',
  columns: () => COLUMNS,
  isData,
  parse: (f) => ({
    timestamp: toMs(f.textTimeUs(0)),
    percentage: f.decimal(1),
    depth: f.decimal(2),
    notional: f.decimal(3),
  }),
  timeUs: (f) => f.textTimeUs(0),
  dayTime: (record) => record.timestamp,
  render: renderBookDepth,
  tapeColumns: BOOK_DEPTH_COLUMNS,
};
