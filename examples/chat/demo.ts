import type { Playground } from '../checkout/folder.ts';
import type { Narrator } from '../checkout/narrator.ts';
import { dvrCli } from '../checkout/programs.ts';
import { judgeAll, type Way } from '../checkout/verdicts.ts';
import { recordChat } from './recording.ts';

const gapMs = 120;
const guests = 20;

const ways: readonly Way[] = [
  { name: 'recorded timing', flags: [], expected: 'Reproduced' },
  { name: 'no gaps', flags: ['--timing', 'fast'], expected: 'Not reproduced' },
  { name: 'recorded timing, looking again', flags: ['--env', 'LOOK_AGAIN=1'], expected: 'Fixed' },
];

/** The part of the demo that is a chat. Resolves with its tape, and whether all verdicts were as expected. */
export async function showChat(
  { env }: Playground,
  work: number,
  narrator: Narrator,
): Promise<{ readonly tape: string; readonly asExpected: boolean } | undefined> {
  const { say, step, show } = narrator;
  step('The same for a chat over WebSocket: somebody sends a link, and takes it back while it is archived.');
  const { codes, tape } = await recordChat({ env, work, gapMs, tries: guests, onLog: () => undefined });
  if (tape === undefined) {
    say('   Nobody met the moment: this machine is too busy just now. Run the demo again.');
    return undefined;
  }
  if (codes.length > 1)
    say(`   (${codes.length - 1} were lucky, on a machine too busy to meet the ${gapMs} ms.)`);
  say(`   The service closed the connection with 1011, internal error. The tape: ${tape}`);
  await dvrCli(['fetch', tape], env);
  const failed = await failedPayload(tape, env);
  const { stdout } = await dvrCli(['show', tape, '--payload', failed], env);
  const messages = stdout.split('\n').filter((line) => /^ {2}[→←]/.test(line));
  show(`dvr-cli show ${tape} --payload ${failed}    # its messages`, messages.join('\n'));
  return { tape, asExpected: await judgeAll(tape, ways, 'chat', env, say) };
}

/** The id of the payload on which the trigger fired. */
async function failedPayload(tape: string, env: Playground['env']): Promise<string> {
  const { stdout } = await dvrCli(['show', tape], env);
  return /on payload (\d+)/.exec(stdout)?.[1] ?? '1';
}
