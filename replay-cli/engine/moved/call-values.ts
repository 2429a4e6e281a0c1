import type { HeaderField, RequestMessage } from '../../../tape/exchange.ts';
import { type Call, callOf, encodingOf } from '../../../wire/grpc/call.ts';
import { type MessageLeaf, messageLeaves } from '../../../wire/protobuf/leaves.ts';
import type { Schemas } from '../../../wire/protobuf/schema.ts';
import { type CallMessage, callMessages } from '../../messages/call-messages.ts';
import type { Side } from '../../messages/message-views.ts';
import { type JsonLeaf, jsonLeaves } from './json-leaves.ts';
import { namesOf } from './names.ts';
import type { Carried, Issued } from './values.ts';

/** Compressions that a message can be closed with again. */
const closable: ReadonlySet<string> = new Set(['', 'gzip', 'deflate']);

/**
 * The call whose messages are looked into: of the kinds of calls, one that frames its messages. A unary Connect call
 * with JSON is a request like any other.
 */
export function framedCall(head: RequestMessage['head']): Call | undefined {
  const call = callOf(head);
  return call?.dialect === 'connect' && call.codec === 'json' ? undefined : call;
}

/** The values in the messages of a response, where their schema is known or they are JSON. */
export function issuedByMessages(
  call: Call,
  head: { readonly fields: readonly HeaderField[]; readonly status: number },
  body: Uint8Array,
  schemas: Schemas,
): readonly Issued[] {
  const owner = ownerOf(call, schemas);
  return leavesOf(call, 'service', head, body, schemas).map(({ message, leaf }) => ({
    where: `message ${message.number}.${leaf.path}`,
    kind: 'field',
    value: leaf.value,
    name: leaf.name,
    owners: leaf.parent === '' ? owner : [leaf.parent],
  }));
}

/** The values in the messages of a request, likewise. */
export function carriedByMessages(
  call: Call,
  request: RequestMessage,
  body: Uint8Array,
  schemas: Schemas,
): readonly Carried[] {
  const { head } = request;
  if (request.body.lost !== undefined || !closable.has(encodingOf(call, head.fields))) return [];
  return leavesOf(call, 'client', head, body, schemas).map(({ message, leaf }) => {
    const carried = {
      where: `message ${message.number}.${leaf.path}`,
      kind: 'field',
      value: leaf.value,
      names: namesOf(leaf.name, leaf.parent === '' ? [] : [leaf.parent]),
      before: '',
    } as const;
    const text = { kind: 'message', number: message.number } as const;
    if (!('steps' in leaf)) {
      const notation = leaf.kind === 'string' ? 'json_string' : 'json_number';
      return { ...carried, text, start: leaf.start, end: leaf.end, notation };
    }
    const { steps, type } = leaf;
    return { ...carried, text: { ...text, leaf: { steps, type } }, start: 0, end: 0, notation: 'raw' };
  });
}

interface Found {
  readonly message: CallMessage;
  readonly leaf: MessageLeaf | JsonLeaf;
}

function leavesOf(
  call: Call,
  from: Side,
  head: { readonly fields: readonly HeaderField[]; readonly status?: number },
  body: Uint8Array,
  schemas: Schemas,
): readonly Found[] {
  const messages = callMessages(call, from, head, body, []) ?? [];
  return messages.flatMap((message): Found[] => {
    const { content } = message;
    if (content === undefined) return [];
    const leaves =
      call.codec === 'json'
        ? jsonLeaves(Buffer.from(content).toString('utf8'))
        : protobufLeaves(call, from, content, schemas);
    return (leaves ?? []).map((leaf) => ({ message, leaf }));
  });
}

function protobufLeaves(
  { codec, path }: Call,
  from: Side,
  content: Uint8Array,
  schemas: Schemas,
): readonly MessageLeaf[] | undefined {
  const schema = codec === 'proto' ? schemas.messageOf(path, from) : undefined;
  return schema && messageLeaves(content, schema, schemas);
}

/** What the fields of a response belong to: `Cart` of `Cart`, `GetCartResponse` and a method `CreateCart`. */
function ownerOf({ path, method }: Call, schemas: Schemas): readonly string[] {
  const type = schemas.messageOf(path, 'service')?.name ?? '';
  return [type.slice(type.lastIndexOf('.') + 1), method].map((name) =>
    name
      .replace(/(Response|Reply|Result)$/, '')
      .replace(/^(Create|Get|Add|Start|Open|New|Make|Begin|Place)(?=[A-Z])/, ''),
  );
}
