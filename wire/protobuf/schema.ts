/** The types of a field by the names that `.proto` files give them. */
export const scalarTypes = [
  'double',
  'float',
  'int64',
  'uint64',
  'int32',
  'fixed64',
  'fixed32',
  'bool',
  'string',
  'bytes',
  'uint32',
  'sfixed32',
  'sfixed64',
  'sint32',
  'sint64',
] as const;
export type ScalarType = (typeof scalarTypes)[number];

export interface FieldSchema {
  readonly number: number;
  /** As the `.proto` file has it: `order_id`. */
  readonly name: string;
  /** As JSON has it: `orderId`. */
  readonly jsonName: string;
  readonly type: ScalarType | 'message' | 'group' | 'enum';
  /** Full name of the message or enum; empty for scalars. */
  readonly typeName: string;
  readonly repeated: boolean;
}

export interface MessageSchema {
  /** `pkg.Message` */
  readonly name: string;
  readonly fields: ReadonlyMap<number, FieldSchema>;
  /** Whether it is the entry of a map: field 1 is the key, field 2 the value. */
  readonly isMapEntry: boolean;
}

export interface EnumSchema {
  readonly name: string;
  /** The first name of each number. */
  readonly values: ReadonlyMap<number, string>;
}

export interface MethodSchema {
  /** `/pkg.Service/Method` */
  readonly path: string;
  /** Full names of messages. */
  readonly input: string;
  readonly output: string;
  readonly clientStreaming: boolean;
  readonly serverStreaming: boolean;
}

/**
 * Messages, enums and methods by their full names; what was added first stays. Known from the start are those that the
 * details of a status are made of, of which services seldom tell the schema.
 */
export class Schemas {
  readonly messages = new Map<string, MessageSchema>([
    [anyName, any],
    [rpcStatusName, rpcStatus],
  ]);
  readonly enums = new Map<string, EnumSchema>();
  readonly methods = new Map<string, MethodSchema>();

  addMessage(message: MessageSchema): void {
    if (!this.messages.has(message.name)) this.messages.set(message.name, message);
  }

  addEnum(schema: EnumSchema): void {
    if (!this.enums.has(schema.name)) this.enums.set(schema.name, schema);
  }

  addMethod(method: MethodSchema): void {
    if (!this.methods.has(method.path)) this.methods.set(method.path, method);
  }

  /** What the messages of a method are, as sent by its client or its service. */
  messageOf(path: string, sender: 'client' | 'service'): MessageSchema | undefined {
    const method = this.methods.get(path);
    return method && this.messages.get(sender === 'client' ? method.input : method.output);
  }

  /** The message that a field holds. */
  within(field: FieldSchema): MessageSchema | undefined {
    return field.type === 'message' || field.type === 'group' ? this.messages.get(field.typeName) : undefined;
  }
}

export const anyName = 'google.protobuf.Any';
export const rpcStatusName = 'google.rpc.Status';

const plain = { typeName: '', repeated: false };

const any: MessageSchema = {
  name: anyName,
  isMapEntry: false,
  fields: new Map([
    [1, { ...plain, number: 1, name: 'type_url', jsonName: 'typeUrl', type: 'string' }],
    [2, { ...plain, number: 2, name: 'value', jsonName: 'value', type: 'bytes' }],
  ]),
};

const rpcStatus: MessageSchema = {
  name: rpcStatusName,
  isMapEntry: false,
  fields: new Map([
    [1, { ...plain, number: 1, name: 'code', jsonName: 'code', type: 'int32' }],
    [2, { ...plain, number: 2, name: 'message', jsonName: 'message', type: 'string' }],
    [
      3,
      { number: 3, name: 'details', jsonName: 'details', type: 'message', typeName: anyName, repeated: true },
    ],
  ]),
};

/** The name that JSON gives a field where its schema names none: `order_id` is `orderId`. */
export function jsonNameOf(name: string): string {
  return name.replaceAll(/_+([a-zA-Z0-9]?)/g, (_, next: string) => next.toUpperCase());
}
