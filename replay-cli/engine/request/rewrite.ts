import type { HeaderField, RequestHead } from '../../../tape/exchange.ts';
import { framedCall } from '../moved/call-values.ts';
import { bodyText } from '../moved/carried.ts';
import type { Carried } from '../moved/values.ts';
import type { Replacement } from '../port.ts';
import { applyEdits, type Edit } from './edits.ts';
import { type OutgoingRequest, replaceInBody } from './replace-body.ts';
import { rewriteMessages } from './rewrite-messages.ts';
import { notate, type Rewriting } from './rewriting.ts';

/** Puts new values into a request; all other bytes stay as recorded, but for what tells the body's length. */
export function rewrite(request: OutgoingRequest, rewritings: readonly Rewriting[]): OutgoingRequest {
  if (rewritings.length === 0) return request;
  const { head } = request.message;
  const target = applyEdits(
    head.target,
    editsOf(rewritings, (carried) => carried.text.kind === 'target'),
  );
  const fields = head.fields.map((field, index) => rewriteField(field, index, rewritings));
  const rewritten = { ...request, message: { ...request.message, head: { ...head, target, fields } } };
  const call = framedCall(head);
  if (call !== undefined) return rewriteMessages(rewritten, call, rewritings);
  const edits = editsOf(rewritings, (carried) => carried.text.kind === 'body');
  const content = edits.length === 0 ? undefined : bodyText(request.message, request.body);
  if (content === undefined || content.kind === 'binary') return rewritten;
  return replaceInBody(rewritten, content.text, edits);
}

function rewriteField(field: HeaderField, index: number, rewritings: readonly Rewriting[]): HeaderField {
  const edits = editsOf(rewritings, ({ text }) => text.kind === 'header' && text.index === index);
  if (edits.length === 0) return field;
  const [name, value, separator] = field;
  const rewritten = applyEdits(value, edits);
  return separator === undefined ? [name, rewritten] : [name, rewritten, separator];
}

function editsOf(rewritings: readonly Rewriting[], isHere: (carried: Carried) => boolean): readonly Edit[] {
  return rewritings
    .filter(({ carried }) => isHere(carried))
    .map(({ carried, value }) => ({ start: carried.start, end: carried.end, put: notate(carried, value) }));
}

/** A header field that the user sets by hand, in every request. */
export interface SetHeader {
  readonly name: string;
  readonly value: string;
}

/** Sets header fields: each replaces those of its name where they stand, and is added at the end where none is. */
export function setHeaders(
  request: OutgoingRequest,
  headers: readonly SetHeader[],
): { readonly request: OutgoingRequest; readonly replaced: readonly Replacement[] } {
  const replaced: Replacement[] = [];
  let { fields } = request.message.head;
  for (const { name: given, value } of headers) {
    const name = nameIn(request.message.head, given);
    const lower = name.toLowerCase();
    const old = fields.find(([own]) => own.toLowerCase() === lower);
    if (old?.[1] === value) continue;
    replaced.push({ where: `header ${name}`, old: old?.[1] ?? '', value, by: { kind: 'header' } });
    fields =
      old === undefined
        ? [...fields, [name, value]]
        : fields.map((field) => (field[0].toLowerCase() === lower ? setValue(field, value) : field));
  }
  const head = { ...request.message.head, fields };
  return { request: { ...request, message: { ...request.message, head } }, replaced };
}

/** HTTP/2 has names in lower case, and `:authority` in place of Host (RFC 9113 sections 8.2.1 and 8.3.1). */
function nameIn({ version, fields }: RequestHead, given: string): string {
  if (version !== 'HTTP/2') return given;
  const lower = given.toLowerCase();
  return lower === 'host' && fields.some(([name]) => name === ':authority') ? ':authority' : lower;
}

function setValue(field: HeaderField, value: string): HeaderField {
  return field[2] === undefined ? [field[0], value] : [field[0], value, field[2]];
}
