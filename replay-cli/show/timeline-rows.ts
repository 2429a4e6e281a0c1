import type { Tape } from '../../tape/reader.ts';
import type { ExchangeSummary } from '../../tape/summary.ts';
import { callOfExchange } from '../../wire/grpc/call.ts';
import { outcomeOf as outcomeOfCall } from '../../wire/grpc/outcome.ts';
import { recordedCloseCode } from '../engine/socket-end.ts';
import type { TimelineRow } from './timeline.ts';

const switchingProtocols = 101;

/** The bar of an exchange. */
async function timelineRow(tape: Tape, summary: ExchangeSummary): Promise<TimelineRow> {
  const { id, service, method, target, times, triggered } = summary;
  return {
    id,
    ...(tape.manifest.services.length > 1 ? { service } : {}),
    method,
    target,
    outcome: (await codeOf(tape, summary)) ?? outcomeOf(summary),
    start: times.requestStart,
    ...(times.requestEnd === undefined ? {} : { requestEnd: times.requestEnd }),
    ...(times.responseEnd === undefined ? {} : { end: times.responseEnd }),
    marked: triggered,
  };
}

/** `INTERNAL`, `closed 1011`: the code with which a call or a WebSocket ended; the index has none. */
async function codeOf(tape: Tape, { id, status }: ExchangeSummary): Promise<string | undefined> {
  if (status === switchingProtocols) {
    const { exchange, responseBody } = await tape.withBodies(id);
    const closed = recordedCloseCode(exchange, responseBody);
    return closed === undefined ? undefined : `closed ${closed}`;
  }
  if (status !== 200) return undefined;
  const exchange = await tape.exchange(id);
  const call = callOfExchange(exchange);
  if (call === undefined || exchange.response === undefined) return undefined;
  const { response } = exchange;
  const body = call.dialect === 'grpc' ? new Uint8Array() : await tape.body(response.body);
  return outcomeOfCall(call, { ...response, body })?.name;
}

/** `200`, or why there is no whole response: `reset`, `client gone`. */
export function outcomeOf({ status, failure }: Pick<ExchangeSummary, 'status' | 'failure'>): string {
  const words = failure?.replace(/^service_/, '').replaceAll('_', ' ');
  return [status, words].filter((part) => part !== undefined).join(' ') || 'none';
}

/** The ids of a timeline, and how many of the tape it leaves out before and behind. */
export interface TimelineSpan {
  readonly from: number;
  readonly to: number;
  readonly before: number;
  readonly behind: number;
}

/** At most `most` ids around `center`, or the last ones. */
export function spanAround(center: number | undefined, size: number, most: number): TimelineSpan {
  const wanted = (center ?? size) - Math.floor(most * 0.75);
  const from = Math.max(1, Math.min(wanted, size - most + 1));
  const to = Math.min(size, from + most - 1);
  return { from, to, before: from - 1, behind: size - to };
}

/** The bars of ids `from` to `to`. */
export function timelineRows(tape: Tape, { from, to }: TimelineSpan): Promise<readonly TimelineRow[]> {
  return Promise.all([...tape.summaries(from, to)].map((summary) => timelineRow(tape, summary)));
}
