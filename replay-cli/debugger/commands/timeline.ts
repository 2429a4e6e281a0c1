import type { PayloadId } from '../../engine/port.ts';
import { recordedCloseCode } from '../../engine/socket-end.ts';
import { renderTimeline, type TimelineRow } from '../../show/timeline.ts';
import { outcomeOf } from '../../show/timeline-rows.ts';
import { recordedEnd } from '../message-conditions.ts';
import type { StepCommand } from '../step-command.ts';
import type { Stepper } from '../stepper.ts';
import { noWords } from '../words.ts';

/** Payloads shown before and from the next one on. */
const before = 15;
const from = 25;

export const timeline: StepCommand = {
  name: 'timeline',
  forms: [['timeline', 'which payloads around the next one overlapped when they were recorded, as a chart']],
  offers: [],
  async run({ stepper, words, width }) {
    noWords(words, 'timeline');
    const rows = await Promise.all(idsAround(stepper).map((id) => rowOf(stepper, id)));
    stepper.voice({ event: 'shown', command: 'timeline', data: rows }, ...renderTimeline(rows, width));
  },
};

/** The mark points at the next payload. */
async function rowOf({ replay, next }: Stepper, id: PayloadId): Promise<TimelineRow> {
  const payload = await replay.payload(id);
  const { request, response, failure, times } = payload.exchange;
  const call = recordedEnd(payload);
  const closed = recordedCloseCode(payload.exchange, payload.responseBody);
  const several = replay.manifest.services.length > 1;
  return {
    id,
    ...(several ? { service: payload.exchange.service } : {}),
    method: request.head.method,
    target: request.head.target,
    outcome:
      call !== undefined && call !== 'unknown'
        ? call.name
        : closed !== undefined
          ? `closed ${closed}`
          : outcomeOf({
              ...(response === undefined ? {} : { status: response.head.status }),
              ...(failure === undefined ? {} : { failure }),
            }),
    start: times.requestStart,
    ...(times.requestEnd === undefined ? {} : { requestEnd: times.requestEnd }),
    ...(times.responseEnd === undefined ? {} : { end: times.responseEnd }),
    marked: id === next,
  };
}

function idsAround({ replay: { scope }, next, last }: Stepper): PayloadId[] {
  const center = next ?? last ?? scope.first;
  const ids: PayloadId[] = [];
  if (center === undefined) return ids;
  for (let id = scope.before(center); id !== undefined && ids.length < before; id = scope.before(id))
    ids.unshift(id);
  for (
    let id: PayloadId | undefined = center;
    id !== undefined && ids.length < before + from;
    id = scope.after(id)
  )
    ids.push(id);
  return ids;
}
