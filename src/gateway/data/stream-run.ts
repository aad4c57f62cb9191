import type { ClockMessage } from '../../model/wire/clock.ts';
import { decodeColumnMessage } from '../../model/wire/column-message.ts';
import type { RunMember, StreamBorder } from '../../model/wire/data-stream-process.ts';
import type { ComponentResult, ComponentResults } from '../../model/wire/finish.ts';
import type { Lanes } from '../../model/wire/lanes.ts';
import { topicSubject } from '../../model/wire/subjects.ts';
import { Assembler, type LinesMessage, type Slice } from './assembler.ts';
import { resultOf } from './component-result.ts';
import type { ComponentStream } from './component-stream.ts';
import type { HeldSlice } from './held-slice.ts';
import type { RowFormat } from './row-format.ts';
import { isGroupOf, newGroup, type StreamGroup } from './stream-group.ts';

export interface BeginRun {
  readonly run: number;
  /** Short topics in the order of the plan; those that joined the running stream come last. */
  readonly topics: readonly string[];
  /** The components that take part; others keep their connection, in silence. */
  readonly members: readonly RunMember[];
  /** Rows come from the market as they happen. Default false. */
  readonly live?: boolean;
}

/** What a group has forgotten because everyone has taken it. */
type Released = Pick<HeldSlice, 'rowsAtEnd' | 'point'>;

/** One run of a session: its components, the streams of their topic sets, and how far everything is. */
export class StreamRun {
  readonly run: number;
  /** Every component is there or given up: rows may flow. */
  started = false;
  /** The results were given out: nobody is waited for any more. */
  finished = false;
  readonly #sessionId: string;
  #topics: readonly string[] = [];
  #topicIndex: ReadonlyMap<string, number> = new Map();
  #assembler = new Assembler(0);
  /** For the columns of the slice in progress. */
  #columnMemory = new Uint8Array(0);
  readonly #members = new Map<StreamGroup, ComponentStream[]>();
  #lanes: Lanes | undefined;
  #expectedSeq = 0;
  #creditedSeq = 0;
  /** Where the slices end that were taken and not credited. */
  #uncredited: number[] = [];
  #ts: number | undefined;
  #ended = false;
  #frozen = false;

  constructor(sessionId: string, run: number) {
    this.#sessionId = sessionId;
    this.run = run;
  }

  /** The plan begins, or has got more topics at its end: then whatever was on its way comes again. False: nothing new. */
  plan(topics: readonly string[]): boolean {
    if (!this.#frozen && topics.join() === this.#topics.join()) return false;
    this.#topics = topics;
    this.#topicIndex = new Map(topics.map((topic, index) => [topicSubject(this.#sessionId, topic), index]));
    this.#assembler = new Assembler(topics.length);
    this.#frozen = false;
    return true;
  }

  /** Rows are taken. */
  get flows(): boolean {
    return this.started && !this.#frozen;
  }

  /**
   * Takes no row any more until the next {@link plan}, when everyone is where the stream is: a position beyond it would
   * name another row once topics have been added.
   */
  freeze(): StreamBorder {
    if (this.finished || this.#ended) return { state: 'over' };
    const seq = this.#expectedSeq;
    const beyond = [...this.#members].some(
      ([group, members]) => group.seq > seq || members.some(({ point }) => point.seq > seq),
    );
    if (!this.started || beyond || (seq > 0 && this.#ts === undefined)) return { state: 'wait' };
    this.#frozen = true;
    this.forgetSlice();
    return { state: 'frozen', seq, ...(this.#ts === undefined ? {} : { ts: this.#ts }) };
  }

  /** Number of the next row that must arrive. */
  get expectedSeq(): number {
    return this.#expectedSeq;
  }

  /** Time of the row before {@link expectedSeq}, unix ms; undefined when this server has not seen it. */
  get ts(): number | undefined {
    return this.#ts;
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

  /** The stream of a component's topics from a row on; undefined when the plan has none of them. */
  groupFor(topics: readonly string[], fromSeq: number, format: RowFormat): StreamGroup | undefined {
    const own = { plan: this.#topics, topics, fromSeq, format };
    const known = [...this.#members.keys()].find((group) => isGroupOf(group, own));
    const group = known ?? newGroup(this.#sessionId, own);
    if (group !== undefined && known === undefined) this.#members.set(group, []);
    return group;
  }

  reformat(component: ComponentStream, format: RowFormat): void {
    const fromSeq = component.group?.origin.seq;
    const group = fromSeq === undefined ? undefined : this.groupFor(component.topics, fromSeq, format);
    if (group === undefined) return;
    this.remove(component);
    component.reformat(group);
    this.add(component, group);
  }

  add(component: ComponentStream, group: StreamGroup): void {
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
  isPaced(group: StreamGroup): boolean {
    return this.#members.get(group)?.some(({ paces }) => paces) ?? false;
  }

  /**
   * Goes back for one component whose group has forgotten what it needs. The other groups keep what they have, and drop
   * what they see a second time.
   */
  rewind({ group, point }: ComponentStream): void {
    group?.restart(point);
    this.#goBack(Math.min(this.#expectedSeq, point.seq));
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
    this.#goBack(seqs.length > 0 ? Math.min(...seqs) : this.#expectedSeq);
  }

  addLines(topic: number, message: LinesMessage): void {
    this.#assembler.add(topic, message);
  }

  /** Throws STREAM_FAILED when the message is not what it should be. */
  addColumns(payload: Uint8Array): void {
    this.#assembler.addColumns(
      decodeColumnMessage(this.#topics, payload, (bytes) => {
        if (this.#columnMemory.length < bytes) this.#columnMemory = new Uint8Array(2 * bytes);
        return this.#columnMemory;
      }),
    );
  }

  /** What the orchestrator was told to publish is what somebody wants. */
  get lanesAnnounced(): boolean {
    return this.#lanes === this.#wantedLanes;
  }

  /** From the epoch on that it is told with, the orchestrator publishes this. */
  announceLanes(): Lanes {
    this.#lanes = this.#wantedLanes;
    return this.#lanes;
  }

  /** Of the components that pace the stream; with nobody to deliver to lines, as ever. */
  get #wantedLanes(): Lanes {
    const formats = new Set([...this.#members].flatMap(([group]) => (this.isPaced(group) ? [group.format] : [])));
    if (formats.size === 2) return 'both';
    return formats.has('arrow') ? 'columns' : 'lines';
  }

  /** What has arrived of the slice in progress is not to be trusted. */
  forgetSlice(): void {
    this.#assembler.clear();
  }

  /** Closes a slice and hands it to every connection. False when something of it is missing. */
  closeSlice(clock: ClockMessage, now: number): boolean {
    const slice = this.#assembler.close(clock, this.#expectedSeq, this.#lanes);
    if (slice !== undefined) this.#take(slice, now);
    this.#assembler.release();
    if (slice === undefined) return false;
    // Only now: what a connection takes may give credit, and every set must hold its part of the slice by then.
    for (const members of this.#members.values()) {
      for (const member of members) for (const connection of member.connections) connection.pump();
    }
    if (clock.end) this.end();
    return true;
  }

  /** No row comes any more: whoever waits for one beyond has nothing to wait for. */
  end(): void {
    this.#ended = true;
    for (const [group, members] of this.#members) {
      if (members.some(({ paces }) => paces)) group.end();
      for (const member of members) {
        member.leaveBeyondEnd();
        // An Arrow stream says its end.
        for (const connection of member.connections) connection.pump();
      }
    }
  }

  /** Someone who acknowledges has not done so for all rows. */
  owesAck(now: number): boolean {
    return this.members.some((member) => member.owesAck(now));
  }

  /** Forgets what everyone has taken and writes down how far they are. Returns for how many slices credit is due. */
  release(): number {
    let taken = this.#expectedSeq;
    for (const [group, members] of this.#members) {
      const least = leastTaken(members);
      if (least === undefined) continue;
      const released = group.release(least);
      if (released.length > 0) passOn(released, members);
      taken = Math.min(taken, group.heldSeq ?? taken);
    }
    if (taken <= this.#creditedSeq) return 0;
    this.#creditedSeq = taken;
    const open = this.#uncredited.findIndex((seq) => seq > taken);
    return this.#uncredited.splice(0, open < 0 ? this.#uncredited.length : open).length;
  }

  /** What each component was given; with its hash when it took its whole stream. */
  results(): ComponentResults {
    const results: Record<string, ComponentResult> = {};
    for (const [group, members] of this.#members) {
      for (const member of members) results[member.id] = resultOf(member, group);
    }
    return results;
  }

  #take(slice: Slice, now: number): void {
    this.#expectedSeq += slice.clock.rows;
    this.#uncredited.push(this.#expectedSeq);
    this.#ts = slice.clock.ts;
    for (const [group, members] of this.#members) {
      if (!members.some(({ paces }) => paces)) continue;
      const wasIdle = group.heldSeq === undefined;
      group.take(slice);
      if (wasIdle) for (const member of members) member.progressAt = now;
    }
  }

  #goBack(seq: number): void {
    if (seq !== this.#expectedSeq) this.#ts = undefined;
    this.#expectedSeq = seq;
    this.#creditedSeq = seq;
    this.#uncredited = [];
    this.forgetSlice();
  }

  #pacing(): ComponentStream[] {
    return this.members.filter(({ paces }) => paces);
  }
}

/** Where the slowest of those is for whom the stream waits; undefined when it waits for none. */
function leastTaken(members: readonly ComponentStream[]): number | undefined {
  let least: number | undefined;
  for (const member of members) if (member.paces) least = Math.min(least ?? Infinity, member.taken);
  return least;
}

/** Everyone has taken these. */
function passOn(released: readonly Released[], members: readonly ComponentStream[]): void {
  const rows = released.at(-1)?.rowsAtEnd ?? 0;
  const point = released.findLast((held) => held.point !== undefined)?.point;
  for (const member of members) {
    if (!member.paces) continue;
    member.tookRows(rows);
    if (point !== undefined) member.moveTo(point);
  }
}
