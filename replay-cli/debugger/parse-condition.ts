import { DvrError } from '../../errors/index.ts';
import { nearest } from '../../program/suggest.ts';
import { matchesGlob, matchesPathGlob } from '../../tunnel/glob.ts';
import { grpcCodeNames, statusOfGrpcCode } from '../../tunnel/grpc-codes.ts';
import type { CallEnd } from '../engine/port.ts';
import type { MessageViews } from '../messages/message-views.ts';
import type { Condition } from './condition.ts';
import { fieldCondition, grpcCondition, recordedEnd } from './message-conditions.ts';

export const conditionKinds = ['path', 'status', 'grpc', 'field', 'id', 'header'] as const;
export const conditionForms =
  'path GLOB, status CODE|5xx, grpc CODE, field NAME=GLOB, id N, header NAME[: GLOB]';

/**
 * Reads a condition: `path /cart/**`, `status 5xx`, `grpc INTERNAL`, `field cart.id=7*`, `id 7`, `header X-Tenant: a*`;
 * `/cart/**`, `5xx` and `X-Tenant: a*` say what they are. Throws `usage`.
 */
export function parseCondition(text: string, views: MessageViews): Condition {
  const [first = '', ...others] = text.trim().split(/\s+/);
  const rest = others.join(' ');
  if (first.startsWith('/')) return pathCondition(first, rest);
  if (/^[1-5]xx$/.test(first)) return statusCondition(first, rest);
  if (/^[^\s:]+:$/.test(first) || /^[^\s:]+:\S/.test(first)) return headerCondition(text.trim());
  if (first === 'path' && others.length === 1) return pathCondition(rest, '');
  if (first === 'status' && others.length === 1) return statusCondition(rest, '');
  const [, name, glob] = first === 'field' ? (/^([^=\s]+)=(.*)$/.exec(rest) ?? []) : [];
  if (name !== undefined && glob !== undefined) return fieldCondition(name, glob, views);
  const byCode = first === 'grpc' ? grpcCondition(rest) : undefined;
  if (byCode !== undefined) return byCode;
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

/**
 * Stops before the payload that was answered so on the tape, and after any that is answered so now. A call has the status
 * that its code stands for, as in `on_status`.
 */
function statusCondition(status: string, rest: string): Condition {
  if (rest !== '' || !/^[1-5](xx|\d\d)$/.test(status)) throw unreadable(`status ${status} ${rest}`, '');
  const matches = (given: number | undefined) =>
    given !== undefined && (status.endsWith('xx') ? `${given}`[0] === status[0] : `${given}` === status);
  return {
    text: `status ${status}`,
    before: (payload) => matches(statusOf(payload.exchange.response?.head.status, recordedEnd(payload))),
    after: ({ outcome }) =>
      outcome.kind === 'response' && matches(statusOf(outcome.head.status, outcome.call)),
  };
}

function statusOf(status: number | undefined, call: CallEnd | undefined): number | undefined {
  return (call === undefined || call === 'unknown' ? undefined : statusOfGrpcCode(call.code)) ?? status;
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
  const near = nearest(first, conditionKinds);
  const code =
    first === 'grpc'
      ? `Its codes are 0 to 16, or ${grpcCodeNames.slice(1, 5).join(', ')} and so on.`
      : undefined;
  const meant = near === undefined || near === first ? undefined : `Did you mean ${near}?`;
  return new DvrError('usage', `${JSON.stringify(text.trim().slice(0, 60))} is no condition`, {
    hint: number ?? path ?? code ?? meant ?? `A condition is one of: ${conditionForms}.`,
  });
}
