import type { Playground } from '../checkout/folder.ts';
import type { Narrator } from '../checkout/narrator.ts';
import { dvrCli, freePort, start } from '../checkout/programs.ts';
import { judgeAll, type Way } from '../checkout/verdicts.ts';
import { chat } from './programs.ts';
import { recordChat } from './recording.ts';

const gapMs = 120;
const tries = 20;
/** What a guest says: hello, the link, and that it is taken back. */
const messagesOfGuest = 3;

const ways: readonly Way[] = [
  { name: 'recorded timing', flags: [], expected: 'Reproduced' },
  { name: 'no gaps', flags: ['--timing', 'fast'], expected: 'Not reproduced; this shows no fix' },
  { name: 'recorded timing, looking again', flags: ['--env', 'LOOK_AGAIN=1'], expected: 'Fixed' },
];

/** The part of the demo that is a chat. Resolves with its tape, and whether all verdicts were as expected. */
export async function showChat(
  { env }: Playground,
  work: number,
  narrator: Narrator,
): Promise<{ readonly tape: string; readonly asExpected: boolean } | undefined> {
  const { say, step, show } = narrator;
  step('A chat over WebSocket: somebody sends a link, and takes it back while it is archived.');
  const { codes, tape } = await recordChat({ env, work, gapMs, tries, onLog: () => undefined });
  if (tape === undefined) {
    say('   Nobody met the moment: this machine is too busy just now. Run the demo again.');
    return undefined;
  }
  if (codes.length > 1)
    say(`   (${codes.length - 1} tries before were lucky, on a machine too busy to meet the ${gapMs} ms.)`);
  say(`   The service closed the connection with 1011, internal error. The tape: ${tape}`);
  await dvrCli(['fetch', tape], env);
  const failed = await failedPayload(tape, env);
  const { stdout } = await dvrCli(['show', tape, '--payload', failed], env);
  const messages = stdout.split('\n').filter((line) => /^ {2}[→←]/.test(line));
  show(`dvr-cli show ${tape} --payload ${failed}    # its messages`, messages.join('\n'));
  await stepThrough(tape, Number(failed), env, work, narrator);
  const asExpected = await judgeAll(tape, ways, 'chat', env, say);
  say(`\nTo go on:
  chat --port 8081
  dvr-cli replay start --target http://localhost:8081 --tape ${tape} --step-mode`);
  return { tape, asExpected };
}

/** Message by message the failure stays away: the link is archived long before it is taken back. */
async function stepThrough(
  tape: string,
  failed: number,
  env: Playground['env'],
  work: number,
  { show }: Narrator,
): Promise<void> {
  const port = await freePort();
  await using service = start([chat, '--port', String(port), '--work', String(work)], env, () => undefined);
  await service.lines.next();
  const flags = ['replay', 'start', '--target', `http://localhost:${port}`, '--tape', tape, '--step-mode'];
  const commands = [
    ...Array(failed - 1).fill('next'),
    ...Array(messagesOfGuest).fill('next message'),
    'quit',
  ];
  const { stdout } = await dvrCli(flags, env, `${commands.join('\n')}\n`);
  show(`dvr-cli ${flags.join(' ')}`, stdout);
}

/** The id of the payload on which the trigger fired. */
async function failedPayload(tape: string, env: Playground['env']): Promise<string> {
  const { stdout } = await dvrCli(['show', tape], env);
  return /on payload (\d+)/.exec(stdout)?.[1] ?? '1';
}
