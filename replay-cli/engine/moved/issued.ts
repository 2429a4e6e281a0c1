import type { RequestHead, ResponseHead } from '../../../tape/exchange.ts';
import type { Schemas } from '../../../wire/protobuf/schema.ts';
import { readContent } from '../content.ts';
import { framedCall, issuedByMessages } from './call-values.ts';
import { setCookiePair } from './cookies.ts';
import { htmlFields } from './html-fields.ts';
import { jsonLeaves } from './json-leaves.ts';
import { mayCarryState } from './plain-headers.ts';
import { formFields, percentDecode, targetParts } from './target-parts.ts';
import type { Issued } from './values.ts';

const nobody: readonly string[] = [];
const maxIssued = 20_000;
/** Longer values are documents, not state. */
const longestValue = 8192;

/**
 * The values that a response brings: cookies, headers, Location, and the fields of JSON, form and HTML bodies and of the
 * messages of calls.
 */
export function issuedBy(
  request: RequestHead,
  response: ResponseHead,
  body: Uint8Array,
  schemas: Schemas,
): readonly Issued[] {
  const route = routeWords(request.target);
  const owner = route.at(-1);
  const values: Issued[] = [];
  for (const [name, value] of response.fields) {
    const lower = name.toLowerCase();
    if (lower === 'set-cookie') add(values, cookie(value));
    else if (lower === 'location') for (const part of location(value)) add(values, part);
    else if (mayCarryState(lower)) {
      add(values, { where: `header ${lower}`, kind: 'header', value, name: lower, owners: nobody });
    }
  }
  const call = framedCall(request);
  const fields =
    call === undefined ? bodyFields(response, body, owner) : issuedByMessages(call, response, body, schemas);
  for (const field of fields) add(values, field);
  return values.slice(0, maxIssued);
}

/** The segments of a path that look like names and not like ids, plain: `orders`, `items`. */
export function routeWords(target: string): readonly string[] {
  return targetParts(target)
    .filter((part) => part.kind === 'segment' && !/\d/.test(part.value))
    .map((part) => part.value);
}

function add(values: Issued[], issued: Issued | undefined): void {
  if (issued !== undefined && issued.value !== '' && issued.value.length <= longestValue) values.push(issued);
}

function cookie(field: string): Issued | undefined {
  const pair = setCookiePair(field);
  if (pair === undefined) return undefined;
  return { where: `cookie ${pair.name}`, kind: 'cookie', value: pair.value, name: pair.name, owners: nobody };
}

/** A Location moves by its parts: those that look like ids, and its query fields. */
function location(value: string): readonly Issued[] {
  const parts = targetParts(value);
  const segments = parts.filter((part) => part.kind === 'segment').length;
  return parts
    .filter((part) => part.kind === 'query' || /\d/.test(part.value) || part.value.length >= 16)
    .map((part) => ({
      // A Location with another count of segments is another place, not this one moved.
      where:
        part.kind === 'query' ? `location query ${part.key}` : `location segment ${part.key} of ${segments}`,
      kind: 'location' as const,
      value: part.value,
      ...(part.kind === 'query' ? { name: part.key, owners: nobody } : { name: 'id', owners: [part.before] }),
    }));
}

function bodyFields(response: ResponseHead, body: Uint8Array, owner: string | undefined): readonly Issued[] {
  const content = readContent(response.fields, body);
  const around = owner === undefined ? [] : [owner];
  switch (content.kind) {
    case 'json':
      return (jsonLeaves(content.text) ?? []).map((leaf) => ({
        where: leaf.path === '' ? 'body' : `body.${leaf.path}`,
        kind: 'field' as const,
        value: leaf.value,
        name: leaf.name,
        owners: leaf.parent === '' ? around : [leaf.parent],
      }));
    case 'form':
      return formFields(content.text).map((field) => fieldOf('form', field, around));
    case 'html':
      return htmlFields(content.text).map((field) => fieldOf('input', field, around));
    default:
      return [];
  }
}

function fieldOf(
  what: string,
  field: { readonly name: string; readonly value: string },
  around: readonly string[],
): Issued {
  return {
    where: `${what} ${field.name}`,
    kind: 'field',
    value: percentDecode(field.value),
    name: field.name,
    owners: around,
  };
}
