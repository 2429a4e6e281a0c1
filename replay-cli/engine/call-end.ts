import type { Exchange } from '../../tape/exchange.ts';
import { statusOfGrpcCode } from '../../tunnel/grpc-codes.ts';
import type { Call } from '../../wire/grpc/call.ts';
import { type CallOutcome, outcomeOf } from '../../wire/grpc/outcome.ts';
import type { CallEnd, Outcome } from './port.ts';

/** How the tape has a call's end. */
export function recordedCallEnd(call: Call, { response }: Exchange, body: Uint8Array): CallEnd {
  return (response && outcomeOf(call, { ...response, body })) ?? 'unknown';
}

/** An outcome with how its call ended, where it is one. */
export function withCallEnd(call: Call | undefined, outcome: Outcome): Outcome {
  if (call === undefined || outcome.kind === 'failure') return outcome;
  return { ...outcome, call: outcomeOf(call, outcome) ?? 'unknown' };
}

/** The class of statuses that a code would be of. */
export function codeClass(code: number): '2xx' | '4xx' | '5xx' {
  if (code === 0) return '2xx';
  return statusOfGrpcCode(code) === undefined ? '4xx' : '5xx';
}

/** `INTERNAL (13): no stock`, `OK (0)`: some servers send a message with a success as well, which says nothing. */
export function callEndText(end: CallOutcome): string {
  return `${end.name} (${end.code})${end.message === '' || end.code === 0 ? '' : `: ${end.message}`}`;
}
