import type { StepCommand } from '../step-command.ts';
import { goTo } from '../travel.ts';
import { noWords } from '../words.ts';

export const back: StepCommand = {
  name: 'back',
  forms: [['back', 'go to the moment before the payload that was sent last; "next" sends it again']],
  offers: [],
  async run({ stepper, words }) {
    noWords(words, 'back');
    if (stepper.last === undefined) {
      stepper.voice({ event: 'note', text: 'nothing was sent yet' }, 'Nothing was sent yet.');
      return;
    }
    await goTo(stepper, stepper.last);
  },
};
