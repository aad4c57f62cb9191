import { AegisError, CATALOGUE } from '../model/errors.ts';
import { parseInput } from '../model/schema/parse.ts';
import { secretsSchema } from '../model/schema/secrets-schema.ts';
import { type ComponentSpec, findByIdOrName, type Session } from '../model/session.ts';
import type { SecretStore, Secrets } from '../secrets/secret-store.ts';

export interface ComponentSecretsOptions {
  readonly store: SecretStore;
  /** Id of the host whose store this is. */
  readonly host: string;
}

/** Keeps the secrets of components on their host, in step with what the session knows. */
export class ComponentSecrets {
  readonly #store: SecretStore;
  readonly #host: string;

  constructor({ store, host }: ComponentSecretsOptions) {
    this.#store = store;
    this.#host = host;
  }

  /** Puts the values away, runs `attach` with a component that carries their names, and forgets them if it is refused. */
  async attach(
    session: Session,
    component: ComponentSpec,
    input: Secrets,
    attach: (component: ComponentSpec) => Promise<unknown>,
  ): Promise<ComponentSpec> {
    const secrets = this.#checked(session, component, input);
    const { launch } = component;
    if (launch === undefined) throw byHand(component);
    const owner = { session: session.name, sessionId: session.id, componentId: component.id };
    const named = { ...component, launch: { ...launch, secrets: Object.keys(secrets) } };
    await this.#store.put(owner, secrets);
    try {
      await attach(named);
      return named;
    } catch (error) {
      if (isRefusal(error)) await this.#store.forget(owner);
      throw error;
    }
  }

  /** After a detach; `session` is the session before it. */
  async detached(session: Session, idOrName: string): Promise<void> {
    const component = findByIdOrName(session, idOrName);
    if (component?.launch?.secrets === undefined) return;
    await this.#store.forget({ session: session.name, sessionId: session.id, componentId: component.id });
  }

  async deleted(session: string): Promise<void> {
    await this.#store.forgetSession({ session });
  }

  #checked(session: Session, { launch }: ComponentSpec, input: Secrets): Secrets {
    const secrets = parseInput(secretsSchema, input, 'secrets');
    const twice = Object.keys(secrets).find((name) => Object.hasOwn(launch?.env ?? {}, name));
    if (twice !== undefined) {
      throw new AegisError('INVALID_SPEC', `${twice} is given as a secret and as a plain variable`);
    }
    if (session.host === this.#host) return secrets;
    throw new AegisError('INVALID_SPEC', `session "${session.name}" runs on the host ${session.host}`, {
      remedy: 'Secrets are kept on the host that launches the component: attach it there.',
    });
  }
}

function byHand({ name }: ComponentSpec): AegisError {
  return new AegisError('INVALID_SPEC', `component "${name}" is not launched by Aegis: it cannot be given secrets`, {
    remedy: 'Set them where you start it.',
  });
}

/** Otherwise nobody knows whether the component was attached, and it must not lack what it needs. */
function isRefusal(error: unknown): boolean {
  if (!AegisError.is(error)) return false;
  const { exit } = CATALOGUE[error.code];
  return exit === 'usage' || exit === 'notFound' || exit === 'refused' || exit === 'conflict';
}
