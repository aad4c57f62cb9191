import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

export interface Schema {
  readonly package: string;
  readonly types: readonly protobuf.Type[];
  readonly enums: readonly protobuf.Enum[];
  readonly root: protobuf.Root;
}

/** Reads a .proto file with its comments. Throws, naming the line, when it is not valid. */
export function readSchema(path: string): Schema {
  return parseSchema(readFileSync(path, 'utf8'));
}

export function parseSchema(text: string): Schema {
  const parsed = protobuf.parse(text, { keepCase: true, alternateCommentMode: true });
  const { root } = parsed;
  root.resolveAll();
  const all = membersOf(root);
  return {
    package: parsed.package ?? '',
    types: all.filter((member) => member instanceof protobuf.Type),
    enums: all.filter((member) => member instanceof protobuf.Enum),
    root,
  };
}

function membersOf(namespace: protobuf.NamespaceBase): protobuf.ReflectionObject[] {
  return namespace.nestedArray.flatMap((member) =>
    member instanceof protobuf.Namespace ? [member, ...membersOf(member)] : [member],
  );
}

/** `Envelope`, `Outer.Inner`: the name without the package. */
export function nameOf(member: protobuf.ReflectionObject, schema: Schema): string {
  return member.fullName.slice(schema.package.length + 2);
}
