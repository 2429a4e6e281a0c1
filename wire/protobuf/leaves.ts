import { FieldReader, wireTypes } from './field-reader.ts';
import { fits } from './json.ts';
import { limits } from './limits.ts';
import { rewriteFields } from './rewrite.ts';
import { readInteger, writeInteger } from './scalars.ts';
import type { FieldSchema, MessageSchema, Schemas } from './schema.ts';

/** A field by its number and which one of that number it is, from 0, in its message. */
export type Step = readonly [number: number, index: number];

/** A text, an integer or bytes in a message, and where it stands. */
export interface MessageLeaf {
  /** As JSON has it: `cart.items[0].id`; a map's values go by their keys. */
  readonly path: string;
  readonly name: string;
  /** The name of the field around it; empty at the top. */
  readonly parent: string;
  /** As JSON has it: integers in decimals, bytes in base64. */
  readonly value: string;
  readonly type: FieldSchema['type'];
  readonly steps: readonly Step[];
}

const mostLeaves = 20_000;

/** The leaves of a message, packed fields left out; undefined where the bytes are none, or too many. */
export function messageLeaves(
  bytes: Uint8Array,
  schema: MessageSchema,
  schemas: Schemas,
): readonly MessageLeaf[] | undefined {
  const leaves: MessageLeaf[] = [];
  const collect = (content: Uint8Array, of: MessageSchema, around: Around): boolean => {
    if (around.steps.length > limits.depth) return false;
    const reader = new FieldReader(content);
    const seen = new Map<number, number>();
    for (let read = reader.advance(); read !== 'end'; read = reader.advance()) {
      if (read === 'malformed' || leaves.length > mostLeaves) return false;
      const index = seen.get(reader.number) ?? 0;
      seen.set(reader.number, index + 1);
      const field = of.fields.get(reader.number);
      if (field === undefined || !fits(field, reader.type)) continue;
      const place = placeOf(field, index, around);
      const within = schemas.within(field);
      if (within !== undefined) {
        const inner = within.isMapEntry ? entryPlace(reader.content(), place) : place;
        if (!collect(reader.content(), within, inner)) return false;
      } else {
        const value = leafValue(field, reader);
        if (value !== undefined) leaves.push({ ...place, parent: around.name, value, type: field.type });
      }
    }
    return true;
  };
  return collect(bytes, schema, { path: '', name: '', steps: [], isEntry: false }) ? leaves : undefined;
}

/** Keys are mostly texts; of numbers the way that they are written tells enough. */
const keyTypes: Readonly<Record<number, FieldSchema['type']>> = {
  [wireTypes.varint]: 'int64',
  [wireTypes.fixed32]: 'fixed32',
  [wireTypes.fixed64]: 'fixed64',
};

interface Around {
  readonly path: string;
  readonly name: string;
  readonly steps: readonly Step[];
  /** The fields of a map's entry go by the entry's own name. */
  readonly isEntry: boolean;
}

function placeOf(field: FieldSchema, index: number, { path, name, steps, isEntry }: Around): Around {
  const next: readonly Step[] = [...steps, [field.number, index]];
  if (isEntry) return { path, name, steps: next, isEntry: false };
  const own = field.repeated ? `${field.jsonName}[${index}]` : field.jsonName;
  return { path: path === '' ? own : `${path}.${own}`, name: field.jsonName, steps: next, isEntry: false };
}

/** An entry stands under its key. */
function entryPlace(content: Uint8Array, { path, steps }: Around): Around {
  const reader = new FieldReader(content);
  let key = '';
  while (reader.advance() === 'field') {
    if (reader.number !== 1) continue;
    const isText = reader.type === wireTypes.bytes;
    key = isText
      ? Buffer.from(reader.content()).toString('utf8')
      : String(readInteger(reader.content(), keyTypes[reader.type]));
  }
  return { path: `${path.replace(/\[\d+\]$/, '')}.${key}`, name: key, steps, isEntry: true };
}

function leafValue(field: FieldSchema, reader: FieldReader): string | undefined {
  const content = reader.content();
  const isContent = reader.type === wireTypes.bytes;
  switch (field.type) {
    case 'string':
      return isContent ? Buffer.from(content).toString('utf8') : undefined;
    case 'bytes':
      return isContent ? Buffer.from(content).toString('base64') : undefined;
    case 'bool':
    case 'enum':
    case 'float':
    case 'double':
    case 'message':
    case 'group':
      return undefined;
    default:
      return isContent || reader.type === wireTypes.group
        ? undefined
        : readInteger(content, field.type).toString();
  }
}

/** What a leaf becomes. */
export interface LeafEdit extends Pick<MessageLeaf, 'steps' | 'type'> {
  readonly value: string;
}

/**
 * A message with other values for some of its leaves; all else stays byte for byte. Undefined where a leaf is not there,
 * or a value is none of its type.
 */
export function replaceLeaves(bytes: Uint8Array, edits: readonly LeafEdit[]): Uint8Array | undefined {
  let done = 0;
  const replace = (content: Uint8Array, here: readonly LeafEdit[], depth: number): Uint8Array | undefined => {
    const seen = new Map<number, number>();
    return rewriteFields(content, (field) => {
      const index = seen.get(field.number) ?? 0;
      seen.set(field.number, index + 1);
      const meant = here.filter(
        ({ steps }) => steps[depth]?.[0] === field.number && steps[depth]?.[1] === index,
      );
      const [first] = meant;
      if (first === undefined) return undefined;
      if (first.steps.length > depth + 1) return replace(field.content(), meant, depth + 1);
      const made = written(first, field.content());
      if (made !== undefined) done++;
      return made;
    });
  };
  const made = replace(bytes, edits, 0);
  return done === edits.length ? made : undefined;
}

function written({ type, value }: LeafEdit, like: Uint8Array): Uint8Array | undefined {
  if (type === 'string') return Buffer.from(value, 'utf8');
  if (type === 'bytes') return Buffer.from(value, 'base64');
  return /^-?\d{1,20}$/.test(value) ? writeInteger(BigInt(value), type, like.length) : undefined;
}
