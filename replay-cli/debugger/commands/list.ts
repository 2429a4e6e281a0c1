import type { Exchange } from '../../../tape/exchange.ts';
import { callOfExchange } from '../../../wire/grpc/call.ts';
import { recordedCallEnd } from '../../engine/call-end.ts';
import type { PayloadId, PayloadResult, Scope } from '../../engine/port.ts';
import { closeCodeOf, recordedCloseCode } from '../../engine/socket-end.ts';
import { printable } from '../../show/printable.ts';
import type { StepCommand } from '../step-command.ts';
import type { Stepper } from '../stepper.ts';
import { inScope, wrongWords } from '../words.ts';

/** Payloads shown before and from the one in the middle on. */
const before = 8;
const from = 12;

export const list: StepCommand = {
  name: 'list',
  forms: [['list [N]', 'the payloads around the next one, or around N: what was sent, what came back']],
  offers: [],
  async run({ stepper, words }) {
    const { replay, next, voice } = stepper;
    const { scope } = replay;
    const [word, ...more] = words;
    if (more.length > 0 || (word !== undefined && !/^\d{1,9}$/.test(word)))
      throw wrongWords(words, 'list [N]');
    const center = word === undefined ? (next ?? last(scope)) : inScope(Number(word), scope);
    const rows = await Promise.all(around(center, scope).map((id) => rowOf(stepper, id)));
    voice({ event: 'shown', command: 'list', data: rows }, ...textOf(rows, scope));
  },
};

interface Row {
  readonly payload: PayloadId;
  readonly method: string;
  readonly target: string;
  readonly recorded: string;
  readonly state: 'next' | 'in_flight' | 'answered' | 'waiting';
  readonly replayed?: string;
}

async function rowOf({ replay, next, inFlight }: Stepper, id: PayloadId): Promise<Row> {
  const { exchange, responseBody } = await replay.payload(id);
  const { method, target } = exchange.request.head;
  const result = replay.result(id);
  const flies = inFlight.includes(id);
  return {
    payload: id,
    method,
    target,
    recorded: recordedText(exchange, responseBody),
    state: id === next ? 'next' : flies ? 'in_flight' : result === undefined ? 'waiting' : 'answered',
    ...(result === undefined || flies ? {} : { replayed: outcomeText(result) }),
  };
}

function recordedText(exchange: Exchange, responseBody: Uint8Array): string {
  const call = callOfExchange(exchange);
  const end = call && recordedCallEnd(call, exchange, responseBody);
  if (end !== undefined && end !== 'unknown') return end.name;
  const closed = recordedCloseCode(exchange, responseBody);
  if (closed !== undefined) return `closed ${closed}`;
  return `${exchange.response?.head.status ?? exchange.failure ?? 'none'}`;
}

function outcomeText({ outcome }: PayloadResult): string {
  if (outcome.kind === 'failure') return outcome.failure;
  const { call } = outcome;
  const closed = closeCodeOf(outcome);
  if (closed !== undefined) return `closed ${closed}`;
  return call === undefined || call === 'unknown' ? `${outcome.head.status}` : call.name;
}

function textOf(rows: readonly Row[], scope: Scope): string[] {
  if (rows.length === 0) return ['No payload is in scope.'];
  const width = Math.max(...rows.map(({ payload }) => `${payload}`.length));
  const lines = rows.map(({ payload, method, target, recorded, state, replayed }) => {
    const came = state === 'in_flight' ? ' → in flight' : replayed === undefined ? '' : ` → ${replayed}`;
    const pointer = state === 'next' ? '▶' : ' ';
    return `${pointer} ${`${payload}`.padStart(width)}  ${printable(`${method} ${target}`)}  ${recorded}${came}`;
  });
  const [first, final] = [rows[0], rows.at(-1)];
  const less = first === undefined ? 0 : scope.position(first.payload);
  const more = final === undefined ? 0 : scope.count - 1 - scope.position(final.payload);
  return [
    ...(less === 0 ? [] : [`(${less} before these)`]),
    ...lines,
    ...(more === 0 ? [] : [`(${more} behind these)`]),
  ];
}

function around(center: PayloadId | undefined, scope: Scope): PayloadId[] {
  const ids: PayloadId[] = [];
  if (center === undefined) return ids;
  for (let id = scope.before(center); id !== undefined && ids.length < before; id = scope.before(id))
    ids.unshift(id);
  const end = ids.length + from;
  for (let id: PayloadId | undefined = center; id !== undefined && ids.length < end; id = scope.after(id))
    ids.push(id);
  return ids;
}

function last(scope: Scope): PayloadId | undefined {
  let id = scope.first;
  for (let after = id; after !== undefined; after = scope.after(after)) id = after;
  return id;
}
