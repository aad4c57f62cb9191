import type { ArchiveContent } from './archive-ref.ts';
import type { ArchiveFormat } from './format/format.ts';
import { LineTemplate, slot } from './line-template.ts';
import { PlainLine } from './plain-line.ts';

/** How the plain lines of one file become rows of a tape, byte for byte as their records would. */
export interface LinePlan {
  readonly line: PlainLine;
  readonly json: LineTemplate;
  /** For each typed column of the tape the CSV column it is filled from, or the text that all rows have. */
  readonly columns: readonly (number | LineTemplate)[];
}

/** Undefined for formats without a layout: their files are small. */
export function linePlan<R>(format: ArchiveFormat<R>, { market, symbol }: ArchiveContent): LinePlan | undefined {
  const { layout } = format;
  if (layout === undefined) return undefined;
  const names = format.columns(market);
  const indexOf = (name: string): number => names.indexOf(name);
  return {
    line: new PlainLine({
      kinds: names.map((name) => layout.fields[name] ?? 'unread'),
      time: indexOf(layout.time),
      dayTime: indexOf(layout.dayTime),
    }),
    json: new LineTemplate(layout.json(symbol, (name) => slot(indexOf(name)))),
    columns: format.tapeColumns.map(({ name }) =>
      name === 'symbol' ? new LineTemplate(symbol) : indexOf(layout.renamed?.[name] ?? name),
    ),
  };
}
