import { rmSync } from 'node:fs';
import type { ArchiveContent } from '../market/binance/archive/archive-ref.ts';
import { isMonthlyOnly } from '../market/binance/archive/archive-ref.ts';
import { endGap } from '../market/binance/archive/completeness.ts';
import type { ArchiveFormat, SeriesCheck } from '../market/binance/archive/format/format.ts';
import type { LinePlan } from '../market/binance/archive/line-plan.ts';
import { type Period, type PeriodKind, periodAt } from '../market/binance/archive/period.ts';
import type { PlainLine } from '../market/binance/archive/plain-line.ts';
import { absentIn, clip } from './gaps.ts';
import type { TapeGap, TapeKey, TapeManifest } from './manifest.ts';
import { type StagedTape, stagingFile } from './staging.ts';
import { TapeWriter } from './writer.ts';

export interface TapeSplitOptions<R> {
  readonly tapesDir: string;
  readonly format: ArchiveFormat<R>;
  readonly content: ArchiveContent;
  readonly source: string;
  readonly sourceSha256: string;
  /** Period of the archive where its name tells it. */
  readonly period: Period | undefined;
  readonly series: SeriesCheck<R> | undefined;
  /** For {@link TapeSplit.addLine}. */
  readonly plan: LinePlan | undefined;
  /** True of the whole file: they go into every tape of it. */
  readonly fileWarnings: readonly string[];
}

interface OpenTape<R> {
  readonly key: TapeKey;
  readonly period: Period;
  /** End of the rows that belong to it, unix ms: the period's end plus what the format lets spill over. */
  readonly until: number;
  readonly file: string;
  readonly target: string;
  readonly writer: TapeWriter<R>;
  readonly lateStart: number | undefined;
}

/** Told instead of a row that belongs before the tape at hand: the archive is not in order of time. */
export class NotInOrder extends Error {
  override name = 'NotInOrder';
}

const MAX_WARNINGS = 20;

/** Cuts the rows of one archive into tapes, one per day (per month for long candles), staged beside their places. */
export class TapeSplit<R> {
  readonly #options: TapeSplitOptions<R>;
  readonly #kind: PeriodKind;
  readonly #staged: StagedTape[] = [];
  #open: OpenTape<R> | undefined;
  #warnings: string[] = [];
  #lastTimeUs = Number.NEGATIVE_INFINITY;

  constructor(options: TapeSplitOptions<R>) {
    this.#options = options;
    this.#kind = isMonthlyOnly(options.content.interval) ? 'month' : 'day';
  }

  /** Adds a row. Throws {@link NotInOrder}; the split must then be aborted. */
  add(record: R, timeUs: number): void {
    const { format } = this.#options;
    this.#tapeFor(timeUs, format.dayTime(record)).append(timeUs, format.render(record), record);
  }

  /** Adds the row that is the line at hand of the plan. Throws {@link NotInOrder}. */
  addLine({ timeUs, dayTime }: PlainLine): void {
    this.#tapeFor(timeUs, dayTime).appendLine();
  }

  /** Adds a warning to the tape at hand; before the first row, to the tape that will begin. */
  warn(text: string): void {
    this.#warnings.push(text);
  }

  /** Finishes the last tape. All are staged then and none is in the catalog. */
  finish(writtenAt: Date | undefined): readonly StagedTape[] {
    this.#finishTape(true, writtenAt);
    return this.#staged;
  }

  /** Removes everything that was staged. */
  abort(): void {
    this.#open?.writer.abort();
    this.#open = undefined;
    for (const tape of this.#staged.splice(0)) rmSync(tape.file, { force: true });
  }

  /** The tape that a row belongs to. */
  #tapeFor(timeUs: number, dayTime: number): TapeWriter<R> {
    if (timeUs < this.#lastTimeUs) throw new NotInOrder();
    this.#lastTimeUs = timeUs;
    const open = this.#open;
    if (open !== undefined && dayTime < open.until) {
      if (dayTime < open.period.start) throw new NotInOrder();
      return open.writer;
    }
    this.#finishTape(false, undefined);
    return this.#begin(dayTime).writer;
  }

  #begin(dayTime: number): OpenTape<R> {
    const { tapesDir, content, format, period: named, series, plan } = this.#options;
    const spill = format.spillMs ?? 0;
    // A row that spilled over the end of its file's only day belongs to that day.
    const own = named !== undefined && named.name.length === 10 && dayTime < named.end + spill;
    const period = own ? named : periodAt(dayTime, this.#kind);
    const key = { ...content, period: period.name };
    const { file, target } = stagingFile(tapesDir, key);
    const late = series !== undefined && this.#staged.length === 0 && dayTime > period.start;
    const open = {
      key,
      period,
      until: own ? period.end + spill : period.end,
      file,
      target,
      writer: new TapeWriter<R>(file, format.tapeColumns, plan),
      lateStart: late ? dayTime : undefined,
    };
    this.#open = open;
    return open;
  }

  #finishTape(last: boolean, writtenAt: Date | undefined): void {
    const open = this.#open;
    if (open === undefined) return;
    const { source, sourceSha256, series } = this.#options;
    const manifest = open.writer.finish((made) => ({
      version: 1,
      ...open.key,
      source,
      sourceSha256,
      ...made,
      ...(open.lateStart === undefined ? {} : { lateStart: open.lateStart }),
      part: this.#staged.length,
      lastPart: last,
      gaps: [...absentIn(series, open.period), ...(last ? this.#gapAtEnd(open.period, writtenAt, made) : [])],
      warnings: this.#warningsOf(open),
    }));
    this.#staged.push({ file: open.file, target: open.target, manifest });
    this.#open = undefined;
  }

  #gapAtEnd(period: Period, writtenAt: Date | undefined, made: Pick<TapeManifest, 'lastTime'>): TapeGap[] {
    const { period: named, series } = this.#options;
    // Without a name of Binance's form nobody knows where the file should have ended.
    if (named === undefined) return [];
    const end = series?.end ?? Math.floor(made.lastTime / 1000) + 1;
    const gap = endGap({ period: named, end, contiguous: series !== undefined, writtenAt });
    return gap === undefined ? [] : [clip(gap, period)].filter((clipped) => clipped.from < clipped.to);
  }

  #warningsOf(open: OpenTape<R>): string[] {
    const { series, fileWarnings } = this.#options;
    const odd = (series?.warnings ?? []).filter(({ at }) => at >= open.period.start && at < open.period.end);
    const all = [...fileWarnings, ...this.#warnings.splice(0), ...odd.map(({ text }) => text)];
    if (all.length <= MAX_WARNINGS) return all;
    return [...all.slice(0, MAX_WARNINGS), `and ${all.length - MAX_WARNINGS} more`];
  }
}
