/** What requests of a client act upon. */
export interface Subscriber {
  readonly streams: ReadonlySet<string>;
  readonly streamLimit: number;
  combined: boolean;
  subscribe(streams: readonly string[]): void;
  unsubscribe(streams: readonly string[]): void;
}

interface Request {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly id: number | string | null;
}

class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const METHODS = 'SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS, SET_PROPERTY, GET_PROPERTY';
const LONGEST_ID = 36;

/** Does what a text message asks for; the reply. Texts and codes: the exchange's documentation. */
export function answer(text: string, subscriber: Subscriber): string {
  let id: Request['id'] = null;
  try {
    const request = read(text);
    id = request.id;
    return JSON.stringify({ result: run(request, subscriber), id });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return JSON.stringify({ code: error.code, msg: error.message, ...(id === null ? {} : { id }) });
  }
}

function run({ method, params }: Request, subscriber: Subscriber): unknown {
  switch (method) {
    case 'SUBSCRIBE':
      return subscribe(names(params), subscriber);
    case 'UNSUBSCRIBE':
      subscriber.unsubscribe(names(params));
      return null;
    case 'LIST_SUBSCRIPTIONS':
      return [...subscriber.streams];
    case 'SET_PROPERTY':
      return setProperty(params, subscriber);
    case 'GET_PROPERTY':
      knownProperty(params[0]);
      return subscriber.combined;
    default:
      throw new Refusal(2, `Invalid request: unknown variant \`${method}\`, expected one of ${METHODS}`);
  }
}

function subscribe(streams: readonly string[], subscriber: Subscriber): null {
  const after = new Set([...subscriber.streams, ...streams]);
  if (after.size > subscriber.streamLimit) throw new Refusal(2, 'Invalid request: too many streams');
  subscriber.subscribe(streams);
  return null;
}

function setProperty([name, value]: readonly unknown[], subscriber: Subscriber): null {
  knownProperty(name);
  if (typeof value !== 'boolean') throw new Refusal(1, 'Invalid value type: expected Boolean');
  subscriber.combined = value;
  return null;
}

function knownProperty(name: unknown): void {
  if (typeof name !== 'string') throw new Refusal(2, 'Invalid request: property name must be a string');
  if (name !== 'combined') throw new Refusal(0, 'Unknown property');
}

function names(params: readonly unknown[]): string[] {
  return params.map((name) => {
    if (typeof name !== 'string') throw new Refusal(2, 'Invalid request: a stream name must be a string');
    return name;
  });
}

function read(text: string): Request {
  const value = parse(text);
  if (typeof value !== 'object' || value === null) throw new Refusal(2, 'Invalid request: not an object');
  if (!('method' in value) || typeof value.method !== 'string') {
    throw new Refusal(2, 'Invalid request: missing field `method`');
  }
  const params = 'params' in value ? value.params : [];
  if (!Array.isArray(params)) throw new Refusal(2, 'Invalid request: params must be a list');
  return { method: value.method, params, id: readId('id' in value ? value.id : null) };
}

function readId(id: unknown): Request['id'] {
  if (id === null || (typeof id === 'number' && Number.isSafeInteger(id))) return id;
  if (typeof id === 'string' && id.length <= LONGEST_ID) return id;
  throw new Refusal(2, 'Invalid request: request ID must be an integer, a string of up to 36 characters, or null');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(3, 'Invalid JSON: expected value at line 1 column 1');
  }
}
