import type { RunEnd } from '../../engine/port.ts';
import { payloadsText } from '../lines.ts';
import type { StepCommand } from '../step-command.ts';
import type { Stepper } from '../stepper.ts';
import { noWords } from '../words.ts';

export const continue_: StepCommand = {
  name: 'continue',
  forms: [
    [
      'continue',
      'send all that follows with its timing, until a condition of "break", a breakpoint, or Ctrl-C',
    ],
  ],
  offers: [],
  async run({ stepper, words }) {
    noWords(words, 'continue');
    stepper.held.release();
    if (stepper.next === undefined) return await finish(stepper);
    if (stepper.wasSent(stepper.next)) sayAlreadySent(stepper);
    let paused = false;
    const running = stepper.run({ stopAtConditions: true, awaitResults: true });
    const end = await stepper.flights.during(running, () => {
      paused = true;
      stepper.interrupt();
    });
    if (end !== undefined) await sayStop(stepper, end, paused);
  },
};

/** Nothing is left to send but what streams that were held still do. */
async function finish(stepper: Stepper): Promise<void> {
  await Promise.all(
    stepper.replay.inFlight.map((sending) => stepper.flights.awaitOne(sending, stepper.stop)),
  );
  stepper.sayEnd();
}

async function sayStop(stepper: Stepper, end: RunEnd, paused: boolean): Promise<void> {
  const { voice, replay, conditions } = stepper;
  sayAhead(stepper, end);
  if (end.why === 'end') return stepper.sayEnd();
  const payload = end.at === undefined ? {} : { payload: end.at };
  if (end.why === 'stopped_before' && end.at !== undefined) {
    const recorded = await replay.payload(end.at);
    const condition = conditions.find((each) => each.before(recorded))?.text ?? '';
    const { method, target } = recorded.exchange.request.head;
    voice(
      { event: 'stopped', why: 'break_before', ...payload, condition },
      `[Stopped before] ${method} ${target} (Payload ID: ${end.at}): ${condition}`,
    );
  } else if (end.why === 'stopped_after' && end.at !== undefined) {
    const result = replay.result(end.at);
    const condition = conditions.find((each) => result !== undefined && each.after(result))?.text ?? '';
    voice(
      { event: 'stopped', why: 'break_after', ...payload, condition },
      `[Stopped after] Payload ID: ${end.at}: ${condition}`,
    );
  } else if (paused) {
    voice({ event: 'stopped', why: 'breakpoint' });
  } else {
    voice({ event: 'stopped', why: 'interrupted' }, stoppedWords(stepper));
  }
}

function stoppedWords({ next, inFlight }: Stepper): string {
  const flying = inFlight.length === 0 ? '' : `; ${payloadsText(inFlight)} in flight`;
  return `[Stopped] ${next === undefined ? 'at the end of the tape' : `payload ${next} is next`}${flying}`;
}

function sayAlreadySent({ voice }: Stepper): void {
  const text = 'what was sent in this pass is left out; "restart" begins a new pass';
  voice({ event: 'note', text }, `(${text})`);
}

/** Sessions do not wait for each other, so something behind the next payload may be sent already. */
function sayAhead({ voice }: Stepper, { ahead, next }: RunEnd): void {
  if (ahead.length === 0 || next === undefined) return;
  const text = `${payloadsText(ahead)} came before payload ${next}, as the timing had it, and will not be sent again`;
  voice({ event: 'note', text }, `(${text})`);
}
