import type { Frame } from '../frames/frame.ts';
import { FrameFault } from './frame-fault.ts';
import type { FrameMisbehaviour } from './misbehaviour.ts';

/** A frame that a fault acted on. */
export interface FaultRecord {
  readonly fault: number;
  readonly kind: FrameMisbehaviour['kind'];
  readonly stream: string;
  /** Id of the frame. */
  readonly id: number;
  /** Undefined: all subscribers. */
  readonly connection: number | undefined;
}

/** The record keeps the last ones only. */
const MOST_RECORDS = 10_000;

/** What goes wrong with frames at present. */
export class FrameFaults {
  #faults: readonly FrameFault[] = [];
  readonly records: FaultRecord[] = [];

  get any(): boolean {
    return this.#faults.length > 0;
  }

  add(id: number, fault: FrameMisbehaviour): void {
    this.#faults = [...this.#faults, new FrameFault(id, fault)];
  }

  /** Ends one fault, or all. */
  heal(id?: number): void {
    this.#faults = id === undefined ? [] : this.#faults.filter((fault) => fault.id !== id);
  }

  /** What all subscribers get in place of a frame. */
  forAll(frame: Frame): readonly Frame[] {
    return this.#pass(frame, undefined);
  }

  /** What one connection gets in place of a frame. */
  forOne(frame: Frame, connection: number): readonly Frame[] {
    return this.#pass(frame, connection);
  }

  #pass(frame: Frame, connection: number | undefined): readonly Frame[] {
    let frames: readonly Frame[] = [frame];
    for (const fault of this.#faults) {
      if (fault.fault.connection === connection) frames = frames.flatMap((each) => this.#through(fault, each));
    }
    return frames;
  }

  #through(fault: FrameFault, frame: Frame): readonly Frame[] {
    const out = fault.pass(frame);
    if (out !== undefined) this.#record(fault, frame);
    if (fault.over) this.heal(fault.id);
    return out ?? [frame];
  }

  #record({ id, fault }: FrameFault, frame: Frame): void {
    if (this.records.length >= MOST_RECORDS) this.records.shift();
    const { kind, connection } = fault;
    this.records.push({ fault: id, kind, stream: frame.stream, id: frame.id, connection });
  }
}
