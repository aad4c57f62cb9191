import type { RestMisbehaviour } from './misbehaviour.ts';
import { Span } from './span.ts';

interface Active {
  readonly id: number;
  readonly fault: RestMisbehaviour;
  readonly span: Span;
}

/** What goes wrong with REST at present. */
export class RestFaults {
  #active: readonly Active[] = [];

  add(id: number, fault: RestMisbehaviour): void {
    const bounded = fault.times !== undefined || fault.forMs !== undefined;
    this.#active = [...this.#active, { id, fault, span: new Span(bounded ? fault : { times: 1 }) }];
  }

  heal(id?: number): void {
    this.#active = id === undefined ? [] : this.#active.filter((each) => each.id !== id);
  }

  /** The faults that a request meets; each counts as having happened. */
  take(path: string): readonly RestMisbehaviour[] {
    this.#active = this.#active.filter(({ span }) => !span.over);
    const met = this.#active.filter(({ fault }) => fault.path === undefined || path.startsWith(fault.path));
    for (const { span } of met) span.count();
    return met.map(({ fault }) => fault);
  }
}
