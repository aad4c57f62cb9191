import { isDeepStrictEqual } from 'node:util';
import type { Configuration } from './protocol.ts';

/** A CONFIGURE of Aegis. */
export interface Asked {
  readonly messageId: string;
  readonly configuration: Configuration;
  /** It came to a component that was RUNNING, not on its way there. */
  readonly running: boolean;
}

/** What is to be done about a CONFIGURE. */
export type ConfigureStep =
  | { readonly do: 'give'; readonly asked: Asked }
  /** `problem`: why the component refuses it. */
  | { readonly do: 'answer'; readonly asked: Asked; readonly problem: string | undefined };

/** The component is given one configuration at a time. What comes meanwhile waits; only the newest is answered. */
export class Configuring {
  #taken: Configuration | undefined;
  #asked: Asked | undefined;
  /** The component is taking one, perhaps of a connection that is gone. */
  #given = false;

  ask(asked: Asked): ConfigureStep | undefined {
    this.#asked = asked;
    return this.#next();
  }

  /** The component has taken what it was given, or refuses it because of `problem`. */
  answer({ messageId, configuration }: Asked, problem: string | undefined): ConfigureStep | undefined {
    this.#given = false;
    if (problem === undefined) this.#taken = configuration;
    return this.#asked?.messageId === messageId ? this.#answer(this.#asked, problem) : this.#next();
  }

  /** Nobody waits for an answer any more: the next connection brings a CONFIGURE of its own. */
  lost(): void {
    this.#asked = undefined;
  }

  #next(): ConfigureStep | undefined {
    const asked = this.#asked;
    if (asked === undefined || this.#given) return undefined;
    if (!asked.running && isDeepStrictEqual(asked.configuration, this.#taken)) return this.#answer(asked, undefined);
    this.#given = true;
    return { do: 'give', asked };
  }

  #answer(asked: Asked, problem: string | undefined): ConfigureStep {
    this.#asked = undefined;
    return { do: 'answer', asked, problem };
  }
}
