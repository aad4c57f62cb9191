import { Bool, type DataType, Dictionary, Field, Float64, Int16, Int64, Schema, Utf8 } from 'apache-arrow';
import { fullTopic, parseTopic } from '../../../model/topic.ts';
import { blockColumns, type ColumnKind, ENVELOPE_COLUMNS, type RowColumn } from '../../../model/wire/columns.ts';
import { endOfStream, schemaMessages } from './ipc-message.ts';

/** A column of a component's Arrow stream after `seq`, `ts` and `topic`. */
export interface SchemaColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** The rows of some topics have no such value. */
  readonly nullable: boolean;
  /** It repeats `ts`. */
  readonly isTime: boolean;
}

const RESERVED: readonly string[] = ENVELOPE_COLUMNS;

/** What the record batches of a component look like: a function of its topics, in their order. */
export class ArrowSchema {
  /** Short topics; a row's `topic` is an index in them. */
  readonly topics: readonly string[];
  readonly columns: readonly SchemaColumn[];
  /** Schema and dictionary of the topics: what a stream begins with. */
  readonly head: Buffer;
  /** What a stream ends with. */
  readonly tail = endOfStream();

  /** `topics`: the component's short topics in the order of CONFIGURE. */
  constructor(sessionId: string, topics: readonly string[]) {
    this.topics = topics;
    this.columns = union(topics);
    this.head = schemaMessages(
      new Schema([
        new Field('seq', new Int64()),
        new Field('ts', new Int64()),
        new Field('topic', new Dictionary(new Utf8(), new Int16(), 0)),
        ...this.columns.map(({ name, kind, nullable }) => new Field(name, TYPES[kind](), nullable)),
      ]),
      topics.map((topic) => fullTopic(sessionId, topic)),
    );
  }

  /** For each column: where the rows of `topic` have it among the columns of a block; -1 where they do not. */
  placesOf(topic: string): number[] {
    const names = namesOf(topic);
    return this.columns.map(({ name }) => names.findIndex((each) => each.name === name));
  }
}

const TYPES: Readonly<Record<ColumnKind, () => DataType>> = {
  int64: () => new Int64(),
  float64: () => new Float64(),
  bool: () => new Bool(),
  utf8: () => new Utf8(),
};

/** The columns of a topic's blocks under the names that they have in a stream. */
function namesOf(topic: string): Omit<SchemaColumn, 'nullable'>[] {
  return blockColumns(topic, false).map((column) => ({
    name: nameOf(topic, column),
    kind: column.kind,
    isTime: column.path === 'ts',
  }));
}

/** A name that every stream has gets the type before it: `status_topic`. */
function nameOf(topic: string, { name }: RowColumn): string {
  return RESERVED.includes(name) ? `${parseTopic(topic).type}_${name}` : name;
}

/** No two types give one name different kinds: a test keeps it so. */
function union(topics: readonly string[]): SchemaColumn[] {
  const columns = new Map<string, { readonly kind: ColumnKind; count: number; times: number }>();
  for (const topic of topics) {
    for (const { name, kind, isTime } of namesOf(topic)) {
      const known = columns.get(name) ?? { kind, count: 0, times: 0 };
      known.count += 1;
      known.times += isTime ? 1 : 0;
      columns.set(name, known);
    }
  }
  return [...columns].map(([name, { kind, count, times }]) => ({
    name,
    kind,
    nullable: count < topics.length,
    isTime: times === topics.length,
  }));
}
