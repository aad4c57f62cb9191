import type { ArrowBatch } from './arrow-batch.ts';
import type { ArrowLibrary } from './arrow-library.ts';
import { Batch } from './batch.ts';
import type { Asked } from './configuring.ts';
import { Control } from './control.ts';
import { DataStream } from './data.ts';
import { RefusedError } from './errors.ts';
import type { ComponentEvent, ControlEvent, ControlOptions, Reborn, Shutdown } from './events.ts';
import type { Log } from './log.ts';
import { type Position, withoutNumbers } from './position.ts';
import { StreamHash } from './stream-hash.ts';

/** How long rows that had arrived before SHUTDOWN are still handed over; after 2 s Aegis sends SIGTERM. */
const LAST_ROWS_MS = 1_000;

export interface EngineOptions extends ControlOptions {
  readonly log: Log;
  readonly hashStream: boolean;
  /** Given when rows are to come as columns. */
  readonly arrow: ArrowLibrary | undefined;
}

type End = Shutdown | { readonly type: 'leave' };

/** What happens to a component, one event after another: joins the control connection and the data connection. */
export class Engine {
  readonly control: Control;
  readonly #log: Log;
  readonly #hashStream: boolean;
  readonly arrow: ArrowLibrary | undefined;
  readonly #inbox: ControlEvent[] = [];
  #hash = new StreamHash();
  #identity = { component_id: '', session_token: '' };
  #data: DataStream | undefined;
  #started = false;
  #rebirth: Reborn | undefined;
  #ackWhenOpen: string | undefined;
  #end: End | undefined;
  #endBy = Number.POSITIVE_INFINITY;
  /** What was in the socket when a run ended has been read. */
  #settled = false;
  #wake = () => {};
  over = false;

  constructor({ log, hashStream, arrow, ...control }: EngineOptions) {
    this.#log = log;
    this.#hashStream = hashStream;
    this.arrow = arrow;
    this.control = new Control(control, (event) => {
      this.#inbox.push(event);
      this.#wake();
    });
  }

  get streamHash(): string {
    return this.#hash.digest();
  }

  get replaying(): boolean {
    return this.#data?.replaying === true;
  }

  /** What happens next. @throws RefusedError */
  async next(): Promise<ComponentEvent> {
    for (;;) {
      const event = this.#poll();
      if (event !== undefined) return event;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** onConfigure or onReconfigure has returned. `position`: where a new process begins. */
  configured(asked: Asked, position: Position): void {
    const { configuration } = asked;
    if (this.#data === undefined && configuration.topics.length > 0) {
      // Rows wait in the socket while onStart works; the stream begins when every component is connected.
      this.#data = new DataStream({
        path: configuration.dataSocket,
        identify: () => this.#identity,
        position,
        // Not at once: what else is read in this turn of the event loop goes into the same batch.
        onChange: () => setImmediate(() => this.#wake()),
        log: this.#log,
        arrow: this.arrow,
      });
    }
    this.control.send({ type: 'configured', asked });
  }

  /** The component has returned from these rows. */
  handled(batch: Batch | ArrowBatch): void {
    this.#data?.handled(batch);
  }

  /** onReborn has returned: the ACK follows when the new data connection is open. */
  reborn({ messageId }: Reborn): void {
    this.#hash = new StreamHash();
    this.#ackWhenOpen = messageId;
    this.#data?.beginRun();
  }

  leave(): void {
    this.#finish({ type: 'leave' });
    this.#wake();
  }

  /** onStop has returned. */
  ended(end: End): Promise<void> {
    if (end.type === 'shutdown') this.control.send({ type: 'acknowledge', messageId: end.messageId });
    else this.control.send({ type: 'leave' });
    return this.close();
  }

  /** Nothing happens any more. */
  async close(): Promise<void> {
    this.over = true;
    this.#data?.close();
    await this.control.close();
  }

  #poll(): ComponentEvent | undefined {
    for (let event = this.#inbox.shift(); event !== undefined; event = this.#inbox.shift()) {
      const own = this.#onControl(event);
      if (own !== undefined) return own;
    }
    const rows = this.#rows();
    if (rows !== undefined) return rows;
    if (this.#end !== undefined) {
      return this.#settled || performance.now() >= this.#endBy ? this.#end : undefined;
    }
    if (this.#rebirth !== undefined && this.#settled && this.#data?.drained !== false) {
      const event = this.#rebirth;
      this.#rebirth = undefined;
      return event;
    }
    if (this.#ackWhenOpen !== undefined && this.#data?.accepted !== false) {
      this.control.send({ type: 'acknowledge', messageId: this.#ackWhenOpen });
      this.#ackWhenOpen = undefined;
    }
    return undefined;
  }

  #onControl(event: ControlEvent): ComponentEvent | undefined {
    switch (event.type) {
      case 'registered':
        this.#identity = { component_id: event.componentId, session_token: event.sessionId };
        return undefined;
      case 'configured':
        return event;
      case 'running': {
        const first = !this.#started;
        this.#started = true;
        return first ? event : undefined;
      }
      case 'reborn':
        this.#rebirth = event;
        this.#settle();
        return undefined;
      case 'shutdown':
        this.#finish(event);
        return undefined;
      case 'refused':
        throw new RefusedError(event.code, event.message);
      case 'closed':
        return undefined;
    }
  }

  #rows(): ComponentEvent | undefined {
    if (!this.#started || performance.now() >= this.#endBy) return undefined;
    if (this.#data?.caughtUp() === true) return { type: 'caughtUp' };
    const batch = this.#data?.take();
    if (batch === undefined) return undefined;
    if (this.#hashStream && batch instanceof Batch)
      this.#hash.update(batch.run === undefined ? batch.lines : withoutNumbers(batch));
    if (this.#rebirth !== undefined || this.#end !== undefined) this.#settle();
    return { type: 'rows', batch };
  }

  #finish(end: End): void {
    this.#end = end;
    this.#endBy = performance.now() + LAST_ROWS_MS;
    this.#settle();
  }

  /** Aegis has closed the data connection before it sent this: one whole turn of the event loop reads what is there. */
  #settle(): void {
    this.#settled = false;
    setImmediate(() =>
      setImmediate(() => {
        this.#settled = true;
        this.#wake();
      }),
    );
  }
}
