import type { StepCommand } from '../step-command.ts';
import { goTo } from '../travel.ts';
import { payloadOf } from '../words.ts';

export const goto: StepCommand = {
  name: 'goto',
  forms: [['goto N', 'go to the moment before payload N, forwards or backwards']],
  offers: [],
  async run({ stepper, words }) {
    await goTo(stepper, payloadOf(words, stepper.replay.scope, 'goto N'));
  },
};
