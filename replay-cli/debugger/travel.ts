import type { PayloadId, Scope } from '../engine/port.ts';
import { payloadsText } from './lines.ts';
import type { Stepper } from './stepper.ts';

/** What is said where the state of the service is not that of the moment to which the cursor went. */
export const unmovedWords = {
  nothing: "The service's state did not move: give --exec, and --reset for what lies behind it.",
  state: '--reset was run; the service itself was not started anew: give --exec for that.',
} as const;

/**
 * Goes to the moment before payload `id`. Where the service can be started anew, or its state reset, all payloads
 * before are sent again (or, ahead of the cursor, for the first time), which is said; else only the cursor moves, and
 * this is said.
 */
export async function goTo(stepper: Stepper, id: PayloadId): Promise<void> {
  const { restores } = stepper.options;
  await stepper.leaveHeld(id);
  if (restores === 'nothing') {
    stepper.moveTo(id);
    stepper.sayCursor('unmoved', `Payload ${id} is next. ${unmovedWords.nothing}`);
    return;
  }
  const ahead = isAhead(stepper, id);
  sayWay(stepper, id, ahead);
  const travelling = ahead ? stepper.fastForwardTo(id) : stepper.restoreTo(id);
  const end = await stepper.flights.during(travelling, () => {});
  if (end !== undefined && end.why !== 'end') {
    stepper.voice(
      { event: 'stopped', why: 'interrupted' },
      `[Stopped] on the way to payload ${id}; payload ${stepper.next ?? id} is next`,
    );
    return;
  }
  if (restores === 'service') stepper.sayCursor('restored', `Payload ${id} is next.`);
  else stepper.sayCursor('unmoved', `Payload ${id} is next. ${unmovedWords.state}`);
}

/** Whether all that was sent in this pass lies before `id`, so that going there is going on. */
function isAhead({ next, replay }: Stepper, id: PayloadId): boolean {
  const { scope } = replay;
  return next !== undefined && scope.position(id) >= scope.position(next) && replay.result(id) === undefined;
}

/** Says what is done on the way to `id`, before it is done: it may take as long as the recording. */
function sayWay(stepper: Stepper, id: PayloadId, ahead: boolean): void {
  const { next, replay, options, voice } = stepper;
  const between = payloadsBetween(replay.scope, ahead ? next : replay.scope.first, id);
  const sent = ahead ? between.filter((one) => !stepper.wasSent(one)) : between;
  const parts = [
    ...(ahead ? [] : [options.restores === 'service' ? 'starting the service anew' : 'running --reset']),
    ...(sent.length === 0 ? [] : [`sending ${payloadsText(sent)}${ahead ? '' : ' again'}`]),
  ];
  if (parts.length === 0) return;
  const text = `On the way to payload ${id}: ${parts.join(', ')}.`;
  voice({ event: 'note', text }, text);
}

function payloadsBetween({ after }: Scope, from: PayloadId | undefined, to: PayloadId): PayloadId[] {
  const between: PayloadId[] = [];
  for (let id = from; id !== undefined && id !== to; id = after(id)) between.push(id);
  return between;
}
