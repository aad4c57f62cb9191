import { changedFrame, type Frame, lazyFrame } from '../frames/frame.ts';
import type { FrameMisbehaviour } from './misbehaviour.ts';
import { Span } from './span.ts';
import { streamPattern } from './stream-pattern.ts';

/** One thing that goes wrong with frames. */
export class FrameFault {
  readonly id: number;
  readonly fault: FrameMisbehaviour;
  readonly #span: Span;
  readonly #stream: RegExp | undefined;
  /** Frames that wait for the one that overtakes them, by stream. */
  readonly #held = new Map<string, Frame>();

  constructor(id: number, fault: FrameMisbehaviour) {
    this.id = id;
    this.fault = fault;
    const bounded = fault.forMs !== undefined || fault.times !== undefined || fault.kind === 'silence';
    this.#span = new Span(bounded ? fault : { times: 1 });
    this.#stream = fault.stream === undefined ? undefined : streamPattern(fault.stream);
  }

  get over(): boolean {
    return this.#span.over && this.#held.size === 0;
  }

  /** What goes out in place of a frame; undefined: it is none of this fault's business. */
  pass(frame: Frame): readonly Frame[] | undefined {
    const held = this.#held.get(frame.stream);
    if (held !== undefined) {
      this.#held.delete(frame.stream);
      return [frame, held];
    }
    if (this.#span.over || !this.#concerns(frame)) return undefined;
    this.#span.count();
    return this.#act(frame);
  }

  #concerns({ stream }: Frame): boolean {
    if (this.fault.kind === 'crossedBook' && !/@depth(@|$)/.test(stream)) return false;
    return this.#stream?.test(stream) ?? true;
  }

  #act(frame: Frame): readonly Frame[] {
    switch (this.fault.kind) {
      case 'silence':
      case 'omit':
        return [];
      case 'swap':
        this.#held.set(frame.stream, frame);
        return [];
      case 'duplicate':
        return [frame, frame];
      case 'malformed':
      case 'truncated':
        return [{ ...frame, damage: this.fault.kind }];
      case 'unknownFields':
        return [changedFrame(frame, withUnknownFields)];
      case 'unknownEvent':
        return [lazyFrame(frame.stream, frame.id, unknownEvent), frame];
      case 'crossedBook':
        return [changedFrame(frame, crossed)];
      default:
        return this.fault.kind satisfies never;
    }
  }
}

/** Fields that the exchange did not have yesterday. */
function withUnknownFields(payload: string): string {
  return payload.replace(/}$/, ',"zz":{"new":["1",2,null]},"zy":"x"}');
}

function unknownEvent(): string {
  return `{"e":"marketWeather","E":${Date.now()},"s":"NONE","w":"rain"}`;
}

/** A bid far above every ask, that no later frame takes away. */
function crossed(payload: string): string {
  return payload.replace('"b":[', '"b":[["99999999.00","1"]').replace('"1"][', '"1"],[');
}
