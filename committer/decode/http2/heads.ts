import type { HeaderField, RequestHead, ResponseHead } from '../../../tape/exchange.ts';

const version = 'HTTP/2';
/** Pseudo fields that stand elsewhere in a head. */
const elsewhere: ReadonlySet<string> = new Set([':method', ':path', ':status']);

/** The head that a header block spells out; `target` is the path, or the authority of a plain CONNECT. */
export function requestHead(fields: readonly HeaderField[]): RequestHead {
  const method = fieldNamed(fields, ':method');
  const path = fields.find(([name]) => name === ':path')?.[1];
  return { method, target: path ?? fieldNamed(fields, ':authority'), version, fields: arranged(fields) };
}

export function responseHead(status: number, fields: readonly HeaderField[]): ResponseHead {
  return { version, status, reason: '', fields: arranged(fields) };
}

/** Pseudo fields come first on the tape, though a sender may break that rule. */
function arranged(fields: readonly HeaderField[]): HeaderField[] {
  const pseudo = fields.filter(([name]) => name.startsWith(':') && !elsewhere.has(name));
  return [...pseudo, ...fields.filter(([name]) => !name.startsWith(':'))];
}

function fieldNamed(fields: readonly HeaderField[], name: string): string {
  return fields.find(([its]) => its === name)?.[1] ?? '';
}
