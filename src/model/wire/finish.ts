import { encodeLine, isFields, natural, parseFields, text } from './fields.ts';
import { type FeedId, feedId } from './flow.ts';

/** "The stream has ended after `rows` rows": asked until everything is written. */
export interface FinishRequest extends FeedId {
  readonly epoch: number;
  readonly rows: number;
}

/** What a component was given in a run. */
export interface ComponentResult {
  readonly rows: number;
  readonly bytes: number;
  /** Stream hash (docs/stream.md), hex; absent when the component did not take the whole stream. */
  readonly hash?: string;
}

export type ComponentResults = Readonly<Record<string, ComponentResult>>;

export type FinishAnswer =
  | { readonly state: 'done'; readonly components: ComponentResults }
  /** Not everything is written yet, or rows are missing and a rewind is on its way. */
  | { readonly state: 'wait' }
  | { readonly state: 'fenced' };

export function encodeFinishRequest({ run, attempt, instance, epoch, rows }: FinishRequest): Uint8Array {
  return encodeLine({ run, attempt, instance, epoch, rows });
}

export function decodeFinishRequest(bytes: Uint8Array): FinishRequest {
  const fields = parseFields('finish', bytes);
  return {
    ...feedId('finish', fields),
    epoch: natural('finish', fields, 'epoch'),
    rows: natural('finish', fields, 'rows'),
  };
}

export function encodeFinishAnswer(answer: FinishAnswer): Uint8Array {
  switch (answer.state) {
    case 'done':
      return encodeLine({ components: answer.components });
    case 'wait':
      return encodeLine({ wait: true });
    case 'fenced':
      return encodeLine({ fenced: true });
  }
}

export function decodeFinishAnswer(bytes: Uint8Array): FinishAnswer {
  const kind = 'finish answer';
  const fields = parseFields(kind, bytes);
  if (fields.fenced === true) return { state: 'fenced' };
  if (!isFields(fields.components)) return { state: 'wait' };
  const components: Record<string, ComponentResult> = {};
  for (const [id, value] of Object.entries(fields.components)) {
    if (!isFields(value)) continue;
    components[id] = {
      rows: natural(kind, value, 'rows'),
      bytes: natural(kind, value, 'bytes'),
      ...(value.hash === undefined ? {} : { hash: text(kind, value, 'hash') }),
    };
  }
  return { state: 'done', components };
}
