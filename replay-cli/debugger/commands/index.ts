import { DvrError } from '../../../errors/index.ts';
import { nearest } from '../../../program/suggest.ts';
import type { StepCommand } from '../step-command.ts';
import { back } from './back.ts';
import { break_ } from './break.ts';
import { continue_ } from './continue.ts';
import { diff } from './diff.ts';
import { goto } from './goto.ts';
import { list } from './list.ts';
import { next } from './next.ts';
import { restart } from './restart.ts';
import { show } from './show.ts';
import { timeline } from './timeline.ts';

const help: StepCommand = {
  name: 'help',
  forms: [['help', 'this']],
  offers: [],
  async run({ stepper: { voice } }) {
    const forms = stepCommands.flatMap((command) => command.forms);
    const width = Math.max(...forms.map(([form]) => form.length));
    const lines = forms.map(([form, about]) => `${form.padEnd(width)}  ${about}`);
    const data = forms.map(([form, about]) => ({ form, about }));
    voice(
      { event: 'shown', command: 'help', data },
      ...lines,
      'Any beginning of a name will do that no other shares.',
    );
  },
};

/** Ends the loop that reads commands; there is nothing to do besides. */
export const quit: StepCommand = {
  name: 'quit',
  forms: [['quit', 'leave step mode']],
  offers: [],
  run: async () => {},
};

/** All commands of step mode, in the order of the help. */
export const stepCommands: readonly StepCommand[] = [
  next,
  back,
  goto,
  continue_,
  break_,
  list,
  show,
  diff,
  timeline,
  restart,
  help,
  quit,
];

/** The command that a word names, by a beginning that no other shares. Throws `usage`. */
export function commandNamed(word: string): StepCommand {
  if (word === '?') return help;
  const exact = stepCommands.find(({ name }) => name === word);
  if (exact !== undefined) return exact;
  const [found, ...others] = stepCommands.filter(({ name }) => name.startsWith(word));
  if (found !== undefined && others.length === 0) return found;
  if (found !== undefined) {
    const names = [found, ...others].map(({ name }) => name).join(' or ');
    throw new DvrError('usage', `${JSON.stringify(word)} could be ${names}`, {
      hint: 'Write one letter more.',
    });
  }
  const near = nearest(
    word,
    stepCommands.map(({ name }) => name),
  );
  throw new DvrError('usage', `there is no command ${JSON.stringify(word.slice(0, 40))}`, {
    hint: near === undefined ? '"help" lists the commands.' : `Did you mean ${near}?`,
  });
}
