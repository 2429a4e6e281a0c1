import type { Playground } from './folder.ts';
import type { Narrator } from './narrator.ts';
import { dvrCli, freePort, service, start } from './programs.ts';
import { record } from './recording.ts';
import { judgeAll, ways } from './verdicts.ts';

const others = 300;
const gapMs = 50;
const hurried = 20;

/** The checkout's race over HTTP, the whole way. Resolves with its tape, and whether all verdicts were as expected. */
export async function showCheckout(
  playground: Playground,
  work: number,
  narrator: Narrator,
): Promise<{ readonly tape: string; readonly asExpected: boolean } | undefined> {
  const { say, step } = narrator;
  const tape = await recordFailure(playground, work, narrator);
  if (tape === undefined) return undefined;
  await fetchTape(playground, tape, narrator);
  await stepThrough(playground, tape, work, narrator);
  step('The verdicts: the race needs its 50 ms, and the lock cures it.');
  const asExpected = await judgeAll(tape, ways, 'checkout', playground.env, say);
  say(`\nTo go on:
  dvr-cli show ${tape} --timeline            # which requests overlapped
  dvr-cli show ${tape} --payload 4           # the failure, scrubbed
  checkout --port 8080                       # the service; LOCK=1 checkout … has the lock
  dvr-cli replay start --target http://localhost:8080 --tape ${tape} --step-mode`);
  return { tape, asExpected };
}

async function recordFailure(
  { env }: Playground,
  work: number,
  { say, step }: Narrator,
): Promise<string | undefined> {
  step(
    `A shop's checkout runs behind \`dvr-cli record\`; ${others} customers shop, and one of them, in a hurry,`,
  );
  say(`   sends a discount code ${gapMs} ms after a gift basket, while the basket is still being priced.`);
  const { statuses, tape } = await record({ env, work, gapMs, others, hurried, onLog: () => undefined });
  const lucky = statuses.length - 1;
  if (lucky > 0) say(`   (${lucky} were lucky, on a machine too busy to meet the ${gapMs} ms.)`);
  if (tape === undefined) say('   None failed: this machine is too busy just now. Run the demo again.');
  else say(`   The payment was answered with 500. The recorder made a tape of that session alone: ${tape}`);
  return tape;
}

async function fetchTape({ env }: Playground, tape: string, { step, show }: Narrator): Promise<void> {
  step(
    'The developer fetches the tape, every byte of it checked. Tokens, cards and e-mails were scrubbed before it was written.',
  );
  const fetched = await dvrCli(['fetch', tape], env);
  show(`dvr-cli fetch ${tape}`, fetched.stdout);
  const { stdout } = await dvrCli(['show', tape], env);
  const scrubbed = stdout.split('\n').filter((line) => /\d hits?/.test(line) && !/ 0 hits/.test(line));
  show(
    `dvr-cli show ${tape}    # what was scrubbed`,
    scrubbed.map((line) => line.trim().replace(/^Scrubbed +/, '')).join('\n'),
  );
}

async function stepThrough(
  { env }: Playground,
  tape: string,
  work: number,
  { step, show }: Narrator,
): Promise<void> {
  const port = await freePort();
  await using checkout = start(
    [service, '--port', String(port), '--work', String(work)],
    env,
    () => undefined,
  );
  await checkout.lines.next();
  step('Step by step the failure stays away: one payload at a time, nothing overlaps.');
  const flags = ['replay', 'start', '--target', `http://localhost:${port}`, '--tape', tape, '--step-mode'];
  const { stdout } = await dvrCli(flags, env, 'next\nnext\nnext\nnext\nquit\n');
  show(`dvr-cli ${flags.join(' ')}`, stdout);
}
