import type protobuf from 'protobufjs';
import { nameOf, type Schema } from './read-schema.ts';

/**
 * What in `current` programs built with `released` would misread or miss: anything gone, renamed, renumbered or of
 * another type. Empty when everything that was released is still there; additions are free.
 */
export function breakingChanges(released: Schema, current: Schema): readonly string[] {
  return [
    ...(released.package === current.package ? [] : [`the package ${released.package} became ${current.package}`]),
    ...released.types.flatMap((before) => {
      const name = nameOf(before, released);
      const after = current.types.find((type) => nameOf(type, current) === name);
      return after === undefined ? [`message ${name} is gone`] : fieldChanges(name, before, after);
    }),
    ...released.enums.flatMap((before) => {
      const name = nameOf(before, released);
      const after = current.enums.find((type) => nameOf(type, current) === name);
      return after === undefined ? [`enum ${name} is gone`] : valueChanges(name, before, after);
    }),
  ];
}

function fieldChanges(message: string, before: protobuf.Type, after: protobuf.Type): readonly string[] {
  return before.fieldsArray.flatMap((field) => {
    const name = `${message}.${field.name}`;
    const now = after.fields[field.name];
    if (now === undefined) return [`field ${name} is gone`];
    return [
      ...changed(`field ${name}: number`, field.id, now.id),
      ...changed(`field ${name}: type`, typeOf(field), typeOf(now)),
      ...changed(`field ${name}: oneof`, field.partOf?.name, now.partOf?.name),
    ];
  });
}

function valueChanges(type: string, before: protobuf.Enum, after: protobuf.Enum): readonly string[] {
  return Object.entries(before.values).flatMap(([name, number]) => {
    const now = after.values[name];
    return now === undefined ? [`value ${type}.${name} is gone`] : changed(`value ${type}.${name}`, number, now);
  });
}

function typeOf(field: protobuf.Field): string {
  const resolved = field.resolvedType?.fullName ?? field.type;
  const label = field.repeated ? 'repeated ' : field.hasPresence ? '' : 'implicit ';
  return `${label}${resolved}`;
}

function changed(what: string, before: unknown, now: unknown): readonly string[] {
  return before === now ? [] : [`${what} ${before} became ${now}`];
}
