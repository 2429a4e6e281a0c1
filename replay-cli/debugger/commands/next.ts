import { DvrError } from '../../../errors/index.ts';
import { payloadsText } from '../lines.ts';
import type { StepCommand, StepContext } from '../step-command.ts';
import { noWords, wrongWords } from '../words.ts';

export const next: StepCommand = {
  name: 'next',
  forms: [
    ['next [N]', 'send the next payload, or N of them one after the other'],
    ['next message [N]', 'send the next message of a stream, or N of them; each waits for what came back'],
    ['next --group', 'send the next payload and those that overlapped with it, with their timing'],
  ],
  offers: ['message', '--group'],
  async run(context) {
    const { stepper, words } = context;
    const [word = '1', ...more] = words;
    if (word === '--group') {
      noWords(more, 'next --group');
      await nextGroup(context);
      return;
    }
    if (word === 'message') {
      await nextMessages(context, more);
      return;
    }
    if (word.startsWith('-')) {
      throw new DvrError('usage', `next has no ${word.slice(0, 40)}`, { hint: 'Did you mean next --group?' });
    }
    if (!/^[1-9]\d{0,8}$/.test(word) || more.length > 0) throw wrongWords(words, 'next [N]');
    for (let left = Number(word); left > 0; left--) {
      const outcome = await stepper.sendNext();
      if (outcome !== 'answered' && outcome !== 'skipped') return;
      if (stepper.next === undefined && left > 1) return stepper.sayEnd();
    }
  },
};

async function nextMessages({ stepper, words }: StepContext, more: readonly string[]): Promise<void> {
  const [count = '1', ...rest] = more;
  if (!/^[1-9]\d{0,8}$/.test(count) || rest.length > 0) throw wrongWords(words, 'next message [N]');
  for (let left = Number(count); left > 0; left--) {
    const outcome = await stepper.sendNextMessage();
    if (outcome !== 'answered') return;
  }
}

async function nextGroup({ stepper }: StepContext): Promise<void> {
  const { replay, next: first } = stepper;
  if (first === undefined) return stepper.sayEnd();
  const { scope } = replay;
  const behind = (await replay.group(first)).filter((id) => scope.position(id) >= scope.position(first));
  const sent = behind.filter((id) => stepper.wasSent(id));
  if (sent.length > 0) {
    throw new DvrError('usage', `${payloadsText(sent)} of this group went out in this pass already`, {
      hint: '"restart" begins a new pass; "next" sends one payload again.',
    });
  }
  await stepper.run({ to: behind.at(-1) ?? first, stopAtConditions: false, awaitResults: false });
  await Promise.all(replay.inFlight.map((sending) => stepper.flights.awaitOne(sending, stepper.stop)));
}
