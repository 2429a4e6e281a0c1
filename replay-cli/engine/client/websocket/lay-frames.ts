import type { ExchangeWithBodies, TapeTime, WebSocketFrame } from '../../../../tape/exchange.ts';
import { opcodes } from '../../../../wire/websocket/frame.ts';
import { messagesIn } from '../../../../wire/websocket/messages.ts';
import type { OutgoingRequest } from '../../request/replace-body.ts';
import { type Receipts, type StreamScript, type StreamStep, withNeeds } from '../stream/script.ts';

/** A frame that the recorded client sent of its own accord. */
export interface ClientFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly compressed: boolean;
  readonly payload: Uint8Array;
}

/** What a client sends behind the upgrade, and what it waits for. */
export interface LaidFrames {
  readonly script: StreamScript;
  /** The frame of each step that sends one, in the order of the steps. */
  readonly frames: readonly ClientFrame[];
  /** Texts and binary messages that the recorded service sent. */
  readonly answers: number;
  /** When the recorded service's side, or the recording of it, ended. */
  readonly endedAt: TapeTime;
  /** The recorded client went away without a close frame. */
  readonly goes: boolean;
}

interface Timed {
  readonly at: TapeTime;
  readonly frame: ClientFrame;
}

/**
 * Lays out the frames of a recorded client. Left out is what it sent only because the service had: the pong that answers
 * a ping, and the close that answers a close. Ours answers what the replayed service sends.
 */
export function layFrames(
  request: OutgoingRequest,
  { exchange, responseBody }: ExchangeWithBodies,
): LaidFrames {
  const { times, failure, failedAt, response } = exchange;
  const ofService = framesOf(response?.body.framing);
  const timed = ownFrames(timedFrames(framesOf(request.message.body.framing), request.body), ofService);
  const goes = failure === 'client_gone' && !timed.some(({ frame }) => frame.opcode === opcodes.close);
  const steps = timed.map(({ at, frame }): Omit<StreamStep, 'need'> => {
    const isMessage = frame.fin && frame.opcode < opcodes.close;
    return { at, act: { kind: 'data', bytes: frame.payload, end: false }, messages: isMessage ? 1 : 0 };
  });
  const lastAt = Math.max(times.requestStart, timed.at(-1)?.at ?? 0, ofService.at(-1)?.at ?? 0);
  if (goes) steps.push({ at: failedAt ?? lastAt, act: { kind: 'gone' }, messages: 0 });
  const answers = messagesIn(ofService, responseBody).filter(isAnswer);
  const receipts: Receipts = [
    ...(times.responseStart === undefined
      ? []
      : [{ what: 'head', count: 1, at: times.responseStart } as const]),
    ...answers.map(({ at }, index) => ({ what: 'messages', count: index + 1, at }) as const),
  ];
  return {
    script: { start: times.requestStart, steps: withNeeds(steps, receipts) },
    frames: timed.map(({ frame }) => frame),
    answers: answers.length,
    endedAt: times.responseEnd ?? lastAt,
    goes,
  };
}

const isAnswer = ({ kind }: { readonly kind: string }): boolean => kind === 'text' || kind === 'binary';

function framesOf(framing: ExchangeWithBodies['exchange']['request']['body']['framing'] | undefined) {
  return framing?.kind === 'websocket' ? framing.frames : [];
}

function timedFrames(frames: readonly WebSocketFrame[], body: Uint8Array): readonly Timed[] {
  let from = 0;
  return frames.map(({ at, opcode, fin, size, compressed = false }) => {
    const payload = body.subarray(from, from + size);
    from += size;
    return { at, frame: { opcode, fin, compressed, payload } };
  });
}

function ownFrames(timed: readonly Timed[], ofService: readonly WebSocketFrame[]): readonly Timed[] {
  const pings = ofService.filter(({ opcode }) => opcode === opcodes.ping).map(({ at }) => at);
  const closedAt = ofService.find(({ opcode }) => opcode === opcodes.close)?.at ?? Number.POSITIVE_INFINITY;
  let answered = 0;
  return timed.filter(({ at, frame: { opcode } }) => {
    if (opcode === opcodes.close) return at < closedAt;
    if (opcode !== opcodes.pong) return true;
    const asked = pings[answered];
    if (asked === undefined || asked > at) return true;
    answered++;
    return false;
  });
}
