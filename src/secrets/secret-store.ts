/** Values by the name of the environment variable in which the component finds them. */
export type Secrets = Readonly<Record<string, string>>;

/** Whose secrets: one component of one session. */
export interface SecretOwner {
  readonly session: string;
  readonly sessionId: string;
  readonly componentId: string;
}

/** Whose secrets all together; without `sessionId` those of every session that has had the name. */
export interface SecretScope {
  readonly session: string;
  readonly sessionId?: string;
}

/** Where the values of secrets are kept. Workflows carry their names alone. */
export interface SecretStore {
  /** Replaces what was kept for this component. */
  put(owner: SecretOwner, secrets: Secrets): Promise<void>;
  /** @throws AegisError SECRET_UNREADABLE when one of the names is missing, damaged or sealed with another key */
  get(owner: SecretOwner, names: readonly string[]): Promise<Secrets>;
  /** Without effect when there is nothing. */
  forget(owner: SecretOwner): Promise<void>;
  forgetSession(scope: SecretScope): Promise<void>;
}
