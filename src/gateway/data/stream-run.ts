import type { ClockMessage } from '../../model/wire/clock.ts';
import type { ComponentResult, ComponentResults } from '../../model/wire/finish.ts';
import { topicSubject } from '../../model/wire/subjects.ts';
import { Assembler } from './assembler.ts';
import type { ComponentStream } from './component-stream.ts';
import { TopicGroup } from './topic-group.ts';

export interface BeginRun {
  readonly run: number;
  /** Short topics in the order of the plan. */
  readonly topics: readonly string[];
  /** Ids of the components that take part; others keep their connection, in silence. */
  readonly expected: readonly string[];
}

/** One run of a session: its components, the streams of their topic sets, and how far everything is. */
export class StreamRun {
  readonly run: number;
  /** Every component is there or given up: rows may flow. */
  started = false;
  /** The results were given out: nobody is waited for any more. */
  finished = false;
  readonly #assembler: Assembler;
  readonly #topicIndex: ReadonlyMap<string, number>;
  readonly #members = new Map<TopicGroup, ComponentStream[]>();
  #expectedSeq = 0;
  #creditedSeq = 0;

  constructor(sessionId: string, { run, topics }: Pick<BeginRun, 'run' | 'topics'>) {
    this.run = run;
    this.#assembler = new Assembler(topics.length);
    this.#topicIndex = new Map(topics.map((topic, index) => [topicSubject(sessionId, topic), index]));
  }

  /** Number of the next row that must arrive. */
  get expectedSeq(): number {
    return this.#expectedSeq;
  }

  /** Every pacing component has taken the rows below. */
  get creditedSeq(): number {
    return this.#creditedSeq;
  }

  /** The lowest position that a rewind may name, late components aside. */
  get floor(): number {
    return Math.min(this.#expectedSeq, ...this.#pacing().map(({ point }) => point.seq));
  }

  get members(): ComponentStream[] {
    return [...this.#members.values()].flat();
  }

  /** Index in the plan of the topic whose rows travel on `subject`. */
  topicOf(subject: string): number | undefined {
    return this.#topicIndex.get(subject);
  }

  /** The stream of a component's topics; undefined when the plan has none of them. */
  groupFor(topics: readonly string[], planTopics: readonly string[]): TopicGroup | undefined {
    const indices = planTopics.flatMap((topic, index) => (topics.includes(topic) ? [index] : []));
    if (indices.length === 0) return undefined;
    for (const group of this.#members.keys()) if (group.isOf(indices)) return group;
    const group = new TopicGroup(indices, planTopics.length);
    this.#members.set(group, []);
    return group;
  }

  add(component: ComponentStream, group: TopicGroup): void {
    this.#members.get(group)?.push(component);
  }

  remove(component: ComponentStream): void {
    for (const [group, members] of this.#members) {
      this.#members.set(
        group,
        members.filter((member) => member !== component),
      );
    }
  }

  /** Somebody waits for what the group's next rows are. */
  isPaced(group: TopicGroup): boolean {
    return this.#members.get(group)?.some(({ paces }) => paces) ?? false;
  }

  /**
   * Goes back for one component whose group has forgotten what it needs. The other groups keep what they have, and drop
   * what they see a second time.
   */
  rewind({ group, point }: ComponentStream): void {
    group?.restart(point);
    this.#expectedSeq = Math.min(this.#expectedSeq, point.seq);
    this.#creditedSeq = this.#expectedSeq;
    this.forgetSlice();
  }

  /** Begins again at the lowest point that a pacing component needs; nobody gets a row twice. */
  restart(): void {
    const seqs: number[] = [];
    for (const [group, members] of this.#members) {
      const points = members.filter(({ paces }) => paces).map(({ point }) => point);
      const [first] = points;
      if (first === undefined) continue;
      const lowest = points.reduce((least, point) => (point.seq < least.seq ? point : least), first);
      group.restart(lowest);
      seqs.push(lowest.seq);
    }
    // With nobody to deliver to the stream runs through, from where it is.
    if (seqs.length > 0) this.#expectedSeq = Math.min(...seqs);
    this.#creditedSeq = this.#expectedSeq;
    this.forgetSlice();
  }

  addLines(topic: number, lines: Uint8Array): void {
    this.#assembler.add(topic, lines);
  }

  /** What has arrived of the slice in progress is not to be trusted. */
  forgetSlice(): void {
    this.#assembler.clear();
  }

  /** Closes a slice and hands it to every connection. False when something of it is missing. */
  closeSlice(clock: ClockMessage, now: number): boolean {
    const slice = this.#assembler.close(clock, this.#expectedSeq);
    if (slice === undefined) return false;
    this.#expectedSeq += clock.rows;
    for (const [group, members] of this.#members) {
      if (!members.some(({ paces }) => paces)) continue;
      const wasIdle = group.heldSeq === undefined;
      group.take(slice);
      if (wasIdle) for (const member of members) member.progressAt = now;
    }
    // Only now: what a connection takes may give credit, and every set must hold its part of the slice by then.
    for (const member of this.members) for (const connection of member.connections) connection.pump();
    if (clock.end) this.end();
    return true;
  }

  /** No row comes any more: whoever waits for one beyond has nothing to wait for. */
  end(): void {
    for (const [group, members] of this.#members) {
      if (members.some(({ paces }) => paces)) group.end();
      for (const member of members) member.leaveBeyondEnd();
    }
  }

  /** Someone who acknowledges has not done so for all rows. */
  owesAck(now: number): boolean {
    return this.members.some((member) => member.owesAck(now));
  }

  /** Forgets what everyone has taken and writes down how far they are. True when credit is due. */
  release(): boolean {
    let taken = this.#expectedSeq;
    for (const [group, members] of this.#members) {
      const pacing = members.filter(({ paces }) => paces);
      if (pacing.length === 0) continue;
      const released = group.release(Math.min(...pacing.map((member) => member.taken)));
      const rows = released.at(-1)?.rowsAtEnd;
      const point = released.findLast((slice) => slice.point !== undefined)?.point;
      for (const member of pacing) {
        if (rows !== undefined) member.tookRows(rows);
        if (point !== undefined) member.moveTo(point);
      }
      taken = Math.min(taken, group.heldSeq ?? taken);
    }
    if (taken <= this.#creditedSeq) return false;
    this.#creditedSeq = taken;
    return true;
  }

  /** What each component was given; with its hash when it took its whole stream. */
  results(): ComponentResults {
    const results: Record<string, ComponentResult> = {};
    for (const [group, members] of this.#members) {
      for (const { id, rows, delivered: bytes, whole } of members) {
        results[id] = whole ? { rows: group.rows, bytes, hash: group.hash } : { rows, bytes };
      }
    }
    return results;
  }

  #pacing(): ComponentStream[] {
    return this.members.filter(({ paces }) => paces);
  }
}
