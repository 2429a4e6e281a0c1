import { counted } from '../../counted.ts';
import type { PayloadResult, Replacement } from '../../engine/port.ts';
import { payloadJson } from '../../show/payload-json.ts';
import { payloadText } from '../../show/payload-text.ts';
import { printable } from '../../show/printable.ts';
import type { StepCommand } from '../step-command.ts';
import { payloadOf } from '../words.ts';

export const show: StepCommand = {
  name: 'show',
  forms: [['show N', 'payload N as it was recorded, and what was replaced when it was sent']],
  offers: [],
  async run({ stepper, words, paint }) {
    const { replay, voice } = stepper;
    const id = payloadOf(words, replay.scope, 'show N');
    const recorded = await replay.payload(id);
    const result = replay.result(id);
    const data = {
      ...payloadJson(recorded, replay.views),
      replaced: result?.replaced ?? [],
      missing: result?.missing ?? [],
      ...(result === undefined ? {} : { over: result.over, messages_ahead: result.unmet }),
    };
    const lines = [
      payloadText(recorded, paint, replay.views),
      ...(result === undefined ? [] : [...replacementLines(result), ...sendingLines(result)]),
    ];
    voice({ event: 'shown', command: 'show', data }, ...lines);
  },
};

/** What was otherwise than to be expected when it was sent. */
function sendingLines({ over, unmet }: PayloadResult): string[] {
  return [
    ...(over.why === undefined ? [] : [`sent as recorded bytes, not by grpc-js: ${printable(over.why)}`]),
    ...(unmet === 0
      ? []
      : [`${counted(unmet, 'messages')} sent before an answer that had come before on the tape`]),
  ];
}

/** Each value that was replaced before sending, and what said so. */
export function replacementLines({
  replaced,
  missing,
}: Pick<PayloadResult, 'replaced' | 'missing'>): string[] {
  return [
    ...replaced.map(
      (each) =>
        `replaced ${printable(`${each.where}: ${each.old} → ${each.value === '' ? '(left out)' : each.value}`)} (${reasonOf(each)})`,
    ),
    ...missing.map((where) => `sent as recorded, since no answer brought it anew: ${printable(where)}`),
  ];
}

function reasonOf({ by }: Replacement): string {
  if (by.kind === 'pace') return 'step mode waits as long as you do';
  return by.kind === 'moved' ? `payload ${by.payload} brought it: ${printable(by.where)}` : `--${by.kind}`;
}
