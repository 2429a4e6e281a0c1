import type { HeaderField, RequestMessage } from '../../../tape/exchange.ts';
import type { Schemas } from '../../../wire/protobuf/schema.ts';
import { type Content, readContent } from '../content.ts';
import { carriedByMessages, framedCall } from './call-values.ts';
import { cookiePairs } from './cookies.ts';
import { jsonLeaves } from './json-leaves.ts';
import { namesOf, plainName, singular } from './names.ts';
import { mayCarryState } from './plain-headers.ts';
import { formFields, targetParts } from './target-parts.ts';
import type { Carried } from './values.ts';

/** The values that a request carries, with their spans. */
export function carriedBy(request: RequestMessage, body: Uint8Array, schemas: Schemas): readonly Carried[] {
  const call = framedCall(request.head);
  return [
    ...targetValues(request.head.target),
    ...request.head.fields.flatMap((field, index) => headerValues(field, index)),
    ...(call === undefined
      ? bodyValues(bodyText(request, body))
      : carriedByMessages(call, request, body, schemas)),
  ];
}

/** The body as text, where values in it can be replaced: no content coding, whole, JSON or a form. */
export function bodyText(request: RequestMessage, body: Uint8Array): Content | undefined {
  const { fields } = request.head;
  if (request.body.framing.kind === 'websocket') return undefined;
  const coded = fields.some(([name]) => name.toLowerCase() === 'content-encoding');
  if (coded || request.body.lost !== undefined || body.length === 0) return undefined;
  const content = readContent(fields, body);
  return content.kind === 'json' || content.kind === 'form' ? content : undefined;
}

function targetValues(target: string): readonly Carried[] {
  return targetParts(target).map((part) => {
    const isSegment = part.kind === 'segment';
    const owner = singular(plainName(part.before));
    return {
      where: isSegment ? `path segment ${part.key}` : `query ${part.key}`,
      kind: isSegment ? 'segment' : 'field',
      value: part.value,
      names: isSegment ? new Set([`${owner}id`, owner]) : namesOf(part.key, []),
      before: part.before,
      text: { kind: 'target' },
      start: part.start,
      end: part.end,
      notation: isSegment ? 'segment' : 'form',
    };
  });
}

function headerValues([name, value]: HeaderField, index: number): readonly Carried[] {
  const lower = name.toLowerCase();
  const text = { kind: 'header', index } as const;
  if (lower === 'cookie') {
    return cookiePairs(value).map((pair) => ({
      where: `cookie ${pair.name}`,
      kind: 'cookie',
      value: pair.value,
      names: namesOf(pair.name, []),
      before: '',
      text,
      start: pair.start,
      end: pair.end,
      notation: 'raw',
    }));
  }
  if (!mayCarryState(lower)) return [];
  const start = credentialsAt(lower, value);
  return [
    {
      where: `header ${name}`,
      kind: 'header',
      value: value.slice(start),
      names: namesOf(lower, []),
      before: '',
      text,
      start,
      end: value.length,
      notation: 'raw',
    },
  ];
}

/** Where the credentials of an Authorization field begin: behind its scheme (RFC 9110 section 11.4). */
function credentialsAt(name: string, value: string): number {
  if (name !== 'authorization' && name !== 'proxy-authorization') return 0;
  return /^[A-Za-z0-9-]+ +/.exec(value)?.[0].length ?? 0;
}

function bodyValues(content: Content | undefined): readonly Carried[] {
  if (content?.kind === 'json') {
    return (jsonLeaves(content.text) ?? []).map((leaf) => ({
      where: leaf.path === '' ? 'body' : `body.${leaf.path}`,
      kind: 'field',
      value: leaf.value,
      names: namesOf(leaf.name, leaf.parent === '' ? [] : [leaf.parent]),
      before: '',
      text: { kind: 'body' },
      start: leaf.start,
      end: leaf.end,
      notation: leaf.kind === 'string' ? 'json_string' : 'json_number',
    }));
  }
  if (content?.kind !== 'form') return [];
  return formFields(content.text).map((field) => ({
    where: `form ${field.name}`,
    kind: 'field',
    value: field.value,
    names: namesOf(field.name, []),
    before: '',
    text: { kind: 'body' },
    start: field.start,
    end: field.end,
    notation: 'form',
  }));
}
