import { DvrError } from '../../errors/index.ts';
import { nearest } from '../../program/suggest.ts';
import type { ExchangeWithBodies } from '../../tape/exchange.ts';
import { matchesGlob, matchesPathGlob } from '../../tunnel/glob.ts';
import type { PayloadResult } from '../engine/port.ts';

/** Where `continue` stops. */
export interface Condition {
  /** As it is listed. */
  readonly text: string;
  /** Whether to stop before this payload is sent. */
  before(payload: ExchangeWithBodies): boolean;
  /** Whether to stop after this answer. */
  after(result: PayloadResult): boolean;
}

const kinds = ['path', 'status', 'id', 'header'] as const;
const forms = 'path GLOB, status CODE|5xx, id N, header NAME[: GLOB]';

/**
 * Reads a condition: `path /cart/**`, `status 5xx`, `id 7`, `header X-Tenant: a*`; `/cart/**`, `5xx` and `X-Tenant: a*`
 * say what they are. Throws `usage`.
 */
export function parseCondition(text: string): Condition {
  const [first = '', ...others] = text.trim().split(/\s+/);
  const rest = others.join(' ');
  if (first.startsWith('/')) return pathCondition(first, rest);
  if (/^[1-5]xx$/.test(first)) return statusCondition(first, rest);
  if (/^[^\s:]+:$/.test(first) || /^[^\s:]+:\S/.test(first)) return headerCondition(text.trim());
  if (first === 'path' && others.length === 1) return pathCondition(rest, '');
  if (first === 'status' && others.length === 1) return statusCondition(rest, '');
  if (first === 'id' && /^\d+$/.test(rest)) return idCondition(Number(rest));
  if (first === 'header' && rest !== '') return headerCondition(rest);
  throw unreadable(text, first);
}

function pathCondition(glob: string, rest: string): Condition {
  if (rest !== '' || !glob.startsWith('/')) throw unreadable(`${glob} ${rest}`, '');
  return {
    text: `path ${glob}`,
    before: ({ exchange }) => matchesPathGlob(glob, pathOf(exchange.request.head.target)),
    after: () => false,
  };
}

/** Stops before the payload that was answered so on the tape, and after any that is answered so now. */
function statusCondition(status: string, rest: string): Condition {
  if (rest !== '' || !/^[1-5](xx|\d\d)$/.test(status)) throw unreadable(`status ${status} ${rest}`, '');
  const matches = (given: number | undefined) =>
    given !== undefined && (status.endsWith('xx') ? `${given}`[0] === status[0] : `${given}` === status);
  return {
    text: `status ${status}`,
    before: ({ exchange }) => matches(exchange.response?.head.status),
    after: ({ outcome }) => outcome.kind === 'response' && matches(outcome.head.status),
  };
}

function idCondition(id: number): Condition {
  return { text: `id ${id}`, before: ({ exchange }) => exchange.id === id, after: () => false };
}

function headerCondition(text: string): Condition {
  const colon = text.indexOf(':');
  const name = (colon === -1 ? text : text.slice(0, colon)).trim();
  const glob = colon === -1 ? '*' : text.slice(colon + 1).trim();
  if (name === '') throw unreadable(text, '');
  return {
    text: glob === '*' ? `header ${name}` : `header ${name}: ${glob}`,
    before: ({ exchange }) =>
      exchange.request.head.fields.some(
        ([field, value]) => field.toLowerCase() === name.toLowerCase() && matchesGlob(glob, value),
      ),
    after: () => false,
  };
}

function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  return end === -1 ? target : target.slice(0, end);
}

function unreadable(text: string, first: string): DvrError {
  const number = /^\d+$/.test(first) ? `Write "id ${first}" or "status ${first}".` : undefined;
  const path = /^[*\w.-]*\/|^\*/.test(first) ? `A path begins with a slash: /${first}` : undefined;
  const near = nearest(first, kinds);
  const meant = near === undefined || near === first ? undefined : `Did you mean ${near}?`;
  return new DvrError('usage', `${JSON.stringify(text.trim().slice(0, 60))} is no condition`, {
    hint: number ?? path ?? meant ?? `A condition is one of: ${forms}.`,
  });
}
