import { status } from '@grpc/grpc-js';
import type { Playground } from '../checkout/folder.ts';
import type { Narrator } from '../checkout/narrator.ts';
import { dvrCli, freePort, start } from '../checkout/programs.ts';
import { judgeAll, ways } from '../checkout/verdicts.ts';
import { checkoutGrpc } from './programs.ts';
import { recordGrpc } from './recording.ts';

const gapMs = 50;
const others = 30;
const hurried = 20;
/** What the customer in a hurry does in her stream: the basket, the discount, the payment. */
const actions = 3;

/** The part of the demo that is over gRPC. Resolves with its tape, and whether all verdicts were as expected. */
export async function showCheckoutGrpc(
  { env }: Playground,
  work: number,
  narrator: Narrator,
): Promise<{ readonly tape: string; readonly asExpected: boolean } | undefined> {
  const { say, step, show } = narrator;
  step("The checkout's race over gRPC, inside of one stream. The recorder asks the service for its schemas.");
  const { codes, tape } = await recordGrpc({ env, work, gapMs, others, hurried, onLog: () => undefined });
  if (tape === undefined) {
    say('   None failed: this machine is too busy just now. Run the demo again.');
    return undefined;
  }
  const lucky = codes.filter((code) => code !== status.INTERNAL).length;
  if (lucky > 0) say(`   (${lucky} were lucky, on a machine too busy to meet the ${gapMs} ms.)`);
  say(`   The stream ended with INTERNAL. The tape: ${tape}`);
  await dvrCli(['fetch', tape], env);
  const { stdout } = await dvrCli(['show', tape, '--payload', '2'], env);
  const messages = stdout.split('\n').filter((line) => /^ {2}[→←]|^INTERNAL/.test(line));
  show(`dvr-cli show ${tape} --payload 2    # its messages`, messages.join('\n'));
  await stepThrough(tape, env, work, narrator);
  const asExpected = await judgeAll(tape, ways, 'checkout-grpc', env, say);
  say(`\nTo go on:
  checkout-grpc --port 8082
  dvr-cli replay start --target http://localhost:8082 --tape ${tape} --step-mode`);
  return { tape, asExpected };
}

async function stepThrough(
  tape: string,
  env: Playground['env'],
  work: number,
  { show }: Narrator,
): Promise<void> {
  const port = await freePort();
  const args = [checkoutGrpc, '--port', String(port), '--work', String(work)];
  await using service = start(args, env, () => undefined);
  await service.lines.next();
  const flags = ['replay', 'start', '--target', `http://localhost:${port}`, '--tape', tape, '--step-mode'];
  const commands = ['next', ...Array(actions).fill('next message'), 'quit'];
  const { stdout } = await dvrCli(flags, env, `${commands.join('\n')}\n`);
  show(`dvr-cli ${flags.join(' ')}`, stdout);
}
