import type protobuf from 'protobufjs';
import { nameOf, type Schema } from './read-schema.ts';

const PASCAL = /^([A-Z][a-z0-9]+)+$/;
const SNAKE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const UPPER_SNAKE = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;

/** What a reader of the schema would miss: comments, regular names, gapless numbers. Empty when nothing is wrong. */
export function lint(schema: Schema): readonly string[] {
  return [
    ...(/^[a-z]+(\.[a-z]+)*\.v[1-9]\d*$/.test(schema.package) ? [] : ['the package has no version, as in a.b.v1']),
    ...schema.types.flatMap((type) => lintType(type, nameOf(type, schema))),
    ...schema.enums.flatMap((type) => lintEnum(type, nameOf(type, schema))),
  ];
}

function lintType(type: protobuf.Type, name: string): readonly string[] {
  const members = [...type.fieldsArray, ...type.oneofsArray];
  return [
    ...commented(name, type.comment),
    ...named(name, type.name, PASCAL),
    ...members.flatMap((member) => [
      ...commented(`${name}.${member.name}`, member.comment),
      ...named(`${name}.${member.name}`, member.name, SNAKE),
    ]),
    ...numbered(name, type),
  ];
}

/** Members of a oneof may start at a number of their own; from there on, as in the message, no number is left out. */
function numbered(name: string, type: protobuf.Type): readonly string[] {
  const groups = [type.fieldsArray.filter(({ partOf }) => partOf === null), ...type.oneofsArray.map(fieldsOf)];
  return groups.flatMap((fields, group) => {
    const ids = fields.map(({ id }) => id).sort((a, b) => a - b);
    const first = group === 0 ? 1 : (ids[0] ?? 1);
    const wrong = ids.find((id, index) => id !== first + index && !reservedBetween(type, first + index, id));
    return wrong === undefined ? [] : [`${name}: numbers are left out before ${wrong}, and not reserved`];
  });
}

function fieldsOf(oneof: protobuf.OneOf): protobuf.Field[] {
  return oneof.fieldsArray;
}

function reservedBetween(type: protobuf.Type, from: number, to: number): boolean {
  for (let id = from; id < to; id += 1) {
    if (!type.isReservedId(id) && type.fieldsById[id] === undefined) return false;
  }
  return true;
}

function lintEnum(type: protobuf.Enum, name: string): readonly string[] {
  const prefix = `${type.name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase()}_`;
  const values = Object.keys(type.values);
  return [
    ...commented(name, type.comment),
    ...named(name, type.name, PASCAL),
    ...(type.valuesById[0] === `${prefix}UNSPECIFIED` ? [] : [`${name}: 0 must be ${prefix}UNSPECIFIED`]),
    ...values.flatMap((value) => [
      ...commented(`${name}.${value}`, type.comments[value] ?? null),
      ...named(`${name}.${value}`, value, UPPER_SNAKE),
      ...(value.startsWith(prefix) ? [] : [`${name}.${value}: must begin with ${prefix}`]),
    ]),
  ];
}

function commented(name: string, comment: string | null): readonly string[] {
  return comment === null || comment.trim() === '' ? [`${name}: has no comment`] : [];
}

function named(name: string, word: string, form: RegExp): readonly string[] {
  return form.test(word) ? [] : [`${name}: is not written like ${form.source}`];
}
