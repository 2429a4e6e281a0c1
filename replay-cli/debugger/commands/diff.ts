import { DvrError } from '../../../errors/index.ts';
import type { Difference } from '../../engine/port.ts';
import { printable } from '../../show/printable.ts';
import type { StepCommand } from '../step-command.ts';
import { payloadOf } from '../words.ts';
import { replacementLines } from './show.ts';

export const diff: StepCommand = {
  name: 'diff',
  forms: [['diff N', 'how the answer to payload N differs from the recorded one; noise is marked']],
  offers: [],
  async run({ stepper, words, paint }) {
    const { replay, voice } = stepper;
    const id = payloadOf(words, replay.scope, 'diff N');
    const result = replay.result(id);
    if (result === undefined) {
      const flies = stepper.inFlight.includes(id);
      throw new DvrError('usage', `payload ${id} ${flies ? 'is in flight' : 'was not sent in this pass'}`);
    }
    const { differences, replaced, missing } = result;
    const lines = differences.map((each) => {
      const line = differenceLine(each);
      return each.noise === undefined ? line : paint('dim', `${line}  (noise: ${each.noise})`);
    });
    const none = lines.length === 0 ? ['No difference.'] : lines;
    voice(
      { event: 'shown', command: 'diff', data: { differences, replaced, missing } },
      ...none,
      ...replacementLines(result),
    );
  },
};

function differenceLine({ where, recorded, replayed }: Difference): string {
  return printable(`${where}: ${recorded ?? '(none)'} → ${replayed ?? '(none)'}`);
}
