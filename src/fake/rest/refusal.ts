/** An error body of the exchange: `{"code":-1121,"msg":"Invalid symbol."}`. */
export class Refusal extends Error {
  readonly code: number;
  readonly status: number;

  constructor(code: number, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }

  get body(): string {
    return JSON.stringify({ code: this.code, msg: this.message });
  }
}

export function missingParameter(name: string): Refusal {
  return new Refusal(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
}

export function invalidSymbol(): Refusal {
  return new Refusal(-1121, 'Invalid symbol.');
}
