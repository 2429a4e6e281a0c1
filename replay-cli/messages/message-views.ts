import type { MessageType } from '../../wire/grpc/call.ts';
import { messageToJson } from '../../wire/protobuf/json.ts';
import type { Json } from '../../wire/protobuf/json-value.ts';
import { Schemas } from '../../wire/protobuf/schema.ts';
import { printable } from '../show/printable.ts';

/** Whose messages they are: the method of a call and how it writes them. */
export type Writing = Pick<MessageType, 'codec'> & { readonly path: string };

export type Side = 'client' | 'service';

/** Characters of a message that one line shows. */
const lineLimit = 4096;

/** Shows messages by the schemas that are known; without one, by field numbers. */
export class MessageViews {
  readonly schemas: Schemas;

  constructor(schemas: Schemas = new Schemas()) {
    this.schemas = schemas;
  }

  /** A message, compression taken off, as JSON; undefined where it cannot be read so. */
  json({ codec, path }: Writing, from: Side, content: Uint8Array): Json | undefined {
    if (codec === 'proto') {
      const schema = this.schemas.messageOf(path, from);
      const known = schema && messageToJson(content, schema, this.schemas);
      // Bytes that are not of the schema may still be a message.
      return known ?? messageToJson(content, undefined, this.schemas);
    }
    return codec === 'json' ? parsed(content) : undefined;
  }

  /**
   * One line for a message that goes by: `  → {"sku":"A1"}`, `  ← {"price":3}`. `writing` is absent where it is of no
   * call, and `content` where it could not be opened. `label` says what it is, where it is no plain message:
   * `  ← close 1011: out of stock`. Strings in it of more than `longest` characters are shortened.
   */
  line(
    writing: Writing | undefined,
    from: Side,
    content: Uint8Array | undefined,
    label?: string,
    longest = Number.POSITIVE_INFINITY,
  ): string {
    const said =
      content === undefined ? '[a message that cannot be read]' : this.#text(writing, from, content, longest);
    const text = label === undefined ? said : said === '' ? label : `${label}: ${said}`;
    const shown = text.length > lineLimit ? `${text.slice(0, lineLimit)}… (${text.length} characters)` : text;
    return `  ${from === 'client' ? '→' : '←'} ${printable(shown)}`;
  }

  #text(writing: Writing | undefined, from: Side, content: Uint8Array, longest: number): string {
    const json = writing === undefined ? parsed(content) : this.json(writing, from, content);
    if (json !== undefined)
      return JSON.stringify(json, (_, value: unknown) =>
        typeof value === 'string' ? shortened(value, longest) : value,
      );
    const text = writing === undefined ? textOf(content) : undefined;
    return text === undefined ? `[${content.length} bytes]` : shortened(text, longest);
  }
}

/** What is left of a string that is shortened, characters. */
const headOf = 24;

function shortened(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const head = text.slice(0, headOf).toWellFormed();
  return `${head}… (${text.length - headOf} more characters)`;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(content: Uint8Array): string | undefined {
  try {
    return utf8.decode(content);
  } catch {
    return undefined;
  }
}

function parsed(content: Uint8Array): Json | undefined {
  try {
    return JSON.parse(utf8.decode(content));
  } catch {
    return undefined;
  }
}
