import { FieldReader, type WireType, wireTypes } from '../../wire/protobuf/field-reader.ts';
import { guessContent, textOf } from '../../wire/protobuf/guess.ts';
import { widthOf } from '../../wire/protobuf/json.ts';
import { limits as wireLimits } from '../../wire/protobuf/limits.ts';
import { rewriteFields } from '../../wire/protobuf/rewrite.ts';
import { packedEnds } from '../../wire/protobuf/scalars.ts';
import { anyName, type FieldSchema, type MessageSchema, type Schemas } from '../../wire/protobuf/schema.ts';
import { judgeName, labels } from '../detectors/names.ts';
import type { Place } from '../port.ts';
import type { ScrubText } from '../text-scrubber.ts';
import { scrubBinary } from './binary.ts';
import { JsonNames } from './json-names.ts';
import { scrubNumber, scrubPacked } from './number.ts';

/** Bytes that may be looked at for each byte of a message: content is looked at once for each level that it lies under. */
const looksAByte = 32;
const leastLooks = 65_536;

/**
 * Scrubs a Protocol Buffers message. With a schema fields go by their names, as JSON's do; without one, and where a
 * schema does not know a field, texts and numbers go by what they look like. All else stays byte for byte. The same
 * object where nothing was hit; undefined where the bytes are no message, or where a secret cannot be taken out of them
 * for certain.
 */
export function scrubMessage(
  bytes: Uint8Array,
  schema: MessageSchema | undefined,
  schemas: Schemas,
  scrub: ScrubText,
): Uint8Array | undefined {
  return new MessageScrubber(bytes.length, schemas, scrub).message(bytes, schema, 0);
}

class MessageScrubber {
  readonly #schemas: Schemas;
  readonly #scrub: ScrubText;
  readonly #names = new JsonNames<undefined>('');
  #looksLeft: number;

  constructor(size: number, schemas: Schemas, scrub: ScrubText) {
    this.#schemas = schemas;
    this.#scrub = scrub;
    this.#looksLeft = size * looksAByte + leastLooks;
  }

  message(bytes: Uint8Array, schema: MessageSchema | undefined, depth: number): Uint8Array | undefined {
    this.#looksLeft -= bytes.length;
    if (depth > wireLimits.depth || this.#looksLeft < 0) return undefined;
    this.#names.open('object');
    const key = this.#readLabels(bytes, schema);
    const inside = schema?.name === anyName ? this.#typeInAny(bytes) : undefined;
    let failed = false;
    const made = rewriteFields(bytes, (field) => {
      if (failed) return undefined;
      this.#names.key(schema?.fields.get(field.number)?.name ?? (field.number === 2 ? key : ''));
      const value =
        inside !== undefined && field.number === 2
          ? this.#same(field.content(), this.message(field.content(), inside, depth + 1))
          : this.#value(field, schema?.fields.get(field.number), depth);
      if (value === undefined) failed = true;
      return value === 'same' ? undefined : value;
    });
    this.#names.close();
    return failed ? undefined : made;
  }

  /** What stands for a field's value; undefined where it cannot be scrubbed. */
  #value(
    reader: FieldReader,
    schema: FieldSchema | undefined,
    depth: number,
  ): Uint8Array | 'same' | undefined {
    const content = reader.content();
    return this.#same(content, this.#scrubbed(content, reader.type, schema, depth));
  }

  #same(content: Uint8Array, made: Uint8Array | undefined): Uint8Array | 'same' | undefined {
    return made === undefined || Buffer.compare(made, content) === 0 ? made && 'same' : made;
  }

  #scrubbed(
    content: Uint8Array,
    type: WireType,
    schema: FieldSchema | undefined,
    depth: number,
  ): Uint8Array | undefined {
    if (type === wireTypes.group)
      return this.message(content, schema && this.#schemas.within(schema), depth + 1);
    if (type !== wireTypes.bytes) return scrubNumber(content, type, schema?.type, this.#place, this.#scrub);
    if (schema === undefined) return this.#content(content, depth);
    switch (schema.type) {
      case 'bytes':
        return this.#content(content, depth);
      case 'string':
        return this.#text(content) ?? scrubBinary(content, this.#place, this.#scrub);
      case 'message':
        return this.message(content, this.#schemas.within(schema), depth + 1);
      default:
        return this.#packed(content, schema);
    }
  }

  /** The schema of what a `google.protobuf.Any` holds, where it is known. */
  #typeInAny(bytes: Uint8Array): MessageSchema | undefined {
    const reader = new FieldReader(bytes);
    let type = '';
    while (reader.advance() === 'field') if (reader.number === 1) type = textOf(reader.content()) ?? '';
    return this.#schemas.messages.get(type.slice(type.lastIndexOf('/') + 1));
  }

  #packed(content: Uint8Array, schema: FieldSchema): Uint8Array | undefined {
    const width = widthOf(schema);
    const ends = width === undefined ? undefined : packedEnds(content, width);
    return ends === undefined ? undefined : scrubPacked(content, ends, schema.type, this.#place, this.#scrub);
  }

  /** The content of a field of bytes, or of one that no schema knows. */
  #content(content: Uint8Array, depth: number): Uint8Array | undefined {
    this.#looksLeft -= content.length;
    if (this.#looksLeft < 0) return undefined;
    const guess = guessContent(content);
    if (guess.kind === 'message' && depth < wireLimits.depth)
      return this.message(content, undefined, depth + 1);
    if (guess.kind === 'bytes') return this.#bytes(content);
    const inner =
      guess.kind === 'text' && guess.alsoMessage && depth < wireLimits.depth && holdsContent(content)
        ? this.message(content, undefined, depth + 1)
        : content;
    if (inner === undefined) return undefined;
    const made = this.#text(inner) ?? scrubBinary(inner, this.#place, this.#scrub);
    // Read as a message it would have other lengths now than it says.
    const torn = guess.kind === 'text' && guess.alsoMessage && holdsContent(content) && made !== inner;
    return torn && made?.length !== inner.length ? undefined : made;
  }

  /** No text and no message: it may be numbers of a packed field. */
  #bytes(content: Uint8Array): Uint8Array | undefined {
    const ends = packedEnds(content, 'varint');
    const numbers =
      ends === undefined ? content : scrubPacked(content, ends, undefined, this.#place, this.#scrub);
    return numbers === content ? scrubBinary(content, this.#place, this.#scrub) : numbers;
  }

  #text(content: Uint8Array): Uint8Array | undefined {
    const text = textOf(content);
    if (text === undefined) return undefined;
    const made = this.#scrub(text, this.#place);
    return made === text ? content : Buffer.from(made, 'utf8');
  }

  get #place(): Place {
    const { name } = this.#names;
    return name === '' ? { kind: 'text', name } : { kind: 'field', name };
  }

  /**
   * Takes note of fields that name what stands in another one: `{name: "password", value: …}`. Returns the key, where
   * the message may be the entry of a map.
   */
  #readLabels(bytes: Uint8Array, schema: MessageSchema | undefined): string {
    const reader = new FieldReader(bytes);
    let key = '';
    while (reader.advance() === 'field') {
      if (reader.type !== wireTypes.bytes || reader.end - reader.start > 64) continue;
      const name = schema?.fields.get(reader.number)?.name.toLowerCase();
      if (name === undefined ? reader.number !== 1 : !labels.has(name)) continue;
      const text = textOf(reader.content());
      if (text === undefined || !judgeName(text).secret) continue;
      if (name === undefined) key = text;
      else {
        this.#names.key(name);
        this.#names.member(text, undefined);
      }
    }
    return key;
  }
}

/** Whether a message has a field with content of its own: text in it may be a part of it. */
function holdsContent(bytes: Uint8Array): boolean {
  const reader = new FieldReader(bytes);
  while (reader.advance() === 'field') {
    if (reader.type === wireTypes.bytes && reader.end > reader.start) return true;
  }
  return false;
}
