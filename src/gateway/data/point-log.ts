import type { StreamPoint } from './stream-point.ts';

const MAX_POINTS = 64;

/**
 * Points from which the stream of a topic set can begin again. Bounded: when it is full, every second one of the older
 * half goes, so the far past gets coarse and the near past stays fine.
 */
export class PointLog {
  readonly #origin: StreamPoint;
  #points: StreamPoint[];

  constructor(origin: StreamPoint) {
    this.#origin = origin;
    this.#points = [origin];
  }

  add(point: StreamPoint): void {
    if (this.#points.some(({ seq }) => seq === point.seq)) return;
    const place = this.#points.findLastIndex(({ seq }) => seq < point.seq) + 1;
    this.#points.splice(place, 0, point);
    if (this.#points.length <= MAX_POINTS) return;
    this.#points = this.#points.filter((_, index) => index === 0 || index > MAX_POINTS / 2 || index % 2 === 0);
  }

  /** The oldest point at row `seq` of the merged stream or after it; undefined when there is none. */
  from(seq: number): StreamPoint | undefined {
    return this.#points.find((point) => point.seq >= seq);
  }

  /** Forgets the points after row `seq` of the merged stream: they are not what they were. */
  cut(seq: number): void {
    this.#points = this.#points.filter((point, index) => index === 0 || point.seq <= seq);
  }

  copy(): PointLog {
    const copy = new PointLog(this.#origin);
    copy.#points = [...this.#points];
    return copy;
  }

  /** The newest point with at most `rows` rows before it. */
  before(rows: number): StreamPoint {
    return this.#points.findLast((point) => point.rows <= rows) ?? this.#origin;
  }
}
