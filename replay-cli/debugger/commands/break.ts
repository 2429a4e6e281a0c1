import { DvrError } from '../../../errors/index.ts';
import { conditionForms, conditionKinds, parseCondition } from '../parse-condition.ts';
import type { StepCommand } from '../step-command.ts';
import type { Stepper } from '../stepper.ts';

export const break_: StepCommand = {
  name: 'break',
  forms: [
    ['break COND', `let "continue" stop at: ${conditionForms}`],
    ['break', 'list the conditions'],
    ['break --clear [K]', 'forget all conditions, or the one numbered K'],
  ],
  offers: [...conditionKinds, '--clear'],
  async run({ stepper, words, rest }) {
    const [first, number, ...more] = words;
    if (first === '--clear' && more.length === 0) clear(stepper, number);
    else if (first !== undefined) stepper.conditions.push(parseCondition(rest, stepper.replay.views));
    show(stepper);
  },
};

function clear({ conditions }: Stepper, number: string | undefined): void {
  if (number === undefined) {
    conditions.length = 0;
    return;
  }
  const index = /^\d{1,6}$/.test(number) ? Number(number) - 1 : -1;
  if (conditions[index] === undefined) {
    throw new DvrError('usage', `there is no condition ${number}`, { hint: '"break" lists them.' });
  }
  conditions.splice(index, 1);
}

function show({ conditions, voice }: Stepper): void {
  const data = conditions.map(({ text }) => text);
  const lines = data.map((text, index) => `${index + 1}  ${text}`);
  voice({ event: 'shown', command: 'break', data }, ...(lines.length === 0 ? ['No conditions.'] : lines));
}
