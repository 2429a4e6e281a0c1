import type { StepCommand } from '../step-command.ts';
import { unmovedWords } from '../travel.ts';
import { noWords } from '../words.ts';

export const restart: StepCommand = {
  name: 'restart',
  forms: [['restart', 'begin again with the first payload, and with a new start of the service (--exec)']],
  offers: [],
  async run({ stepper, words }) {
    noWords(words, 'restart');
    const { restores } = stepper.options;
    stepper.moveTo(stepper.replay.scope.first);
    stepper.held.forget();
    await stepper.replay.restart(stepper.stop);
    const first = stepper.next === undefined ? 'Nothing is' : `Payload ${stepper.next} is`;
    if (restores === 'service') stepper.sayCursor('restored', `${first} next.`);
    else stepper.sayCursor('unmoved', `${first} next. ${unmovedWords[restores]}`);
  },
};
