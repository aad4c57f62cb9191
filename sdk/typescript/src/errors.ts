/** Base class of what can end a component, besides an exception of its own. The text says what happened and what to do. */
export class AegisError extends Error {
  override name = 'AegisError';
}

/** The environment lacks what Aegis gives to the components that it launches. */
export class OutsideAegisError extends AegisError {
  override name = 'OutsideAegisError';

  constructor(variable: string) {
    super(
      `${variable} is not set, so this program was not started by Aegis. ` +
        'Attach it to a session (aegisctl session attach), or set AEGIS_SOCKET and AEGIS_SESSION_TOKEN.',
    );
  }
}

/** Aegis has refused the registration. Trying again would give the same answer. */
export class RefusedError extends AegisError {
  override name = 'RefusedError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(`registration refused: ${code}: ${message}`);
    this.code = code;
  }
}
