import { DvrError, exitCodes } from '../../errors/index.ts';
import { defineCommand } from '../../program/command.ts';
import type { FlagValues } from '../../program/flags.ts';
import { painter } from '../../program/paint.ts';
import { openReplay } from '../engine/replay.ts';
import type { Verdict } from '../engine/verdict/verdict.ts';
import { flags } from '../replay-start/flags.ts';
import type { ReplayOutcome } from '../replay-start/outcome.ts';
import { outcomeJson } from '../replay-start/outcome-json.ts';
import { outcomeText } from '../replay-start/outcome-text.ts';
import { prepareReplay } from '../replay-start/prepare.ts';
import { runToEnd } from '../replay-start/run-to-end.ts';

export const command = defineCommand({
  name: 'replay start',
  about:
    "Sends a tape's payloads to a local service, in the recorded order, overlap and timing, and judges the outcome.",
  details:
    'The verdict is reproduced (the trigger failed again, and nothing before it changed), fixed (it succeeded under\nrecorded timing), not reproduced, or diverged at a payload. Without --expect every verdict exits with 0, but with 1\nwhere a payload that it hangs on could not be sent.',
  examples: [
    ['dvr-cli replay start --tape 7889A --target http://localhost:8080', 'replay and judge'],
    [
      'dvr-cli replay start --tape 7889A --target http://localhost:8080 --exec "node server.js" --expect fixed',
      'start the service for it; exit with 3 unless it is fixed',
    ],
    [
      'dvr-cli replay start --tape 7889A --target http://localhost:8080 --timing fast',
      'without the recorded gaps',
    ],
    [
      'dvr-cli replay start --tape 7889A --target http://localhost:8080 --step-mode',
      'one payload at a time, beside your IDE',
    ],
  ],
  flags,
  positionals: {},
  json: true,
  async run(invocation) {
    const { print, json, color, flags: given } = invocation;
    refuseContradictions(given);
    const prepared = await prepareReplay(invocation);
    await using replay = await openReplay(prepared.options, invocation.signal);
    if (given.stepMode) {
      const { runStepMode } = await import('../debugger/step-mode.ts');
      const targets = [...prepared.options.targets.values()];
      const { timing, speed, fastForward } = given;
      const resets = given.reset !== undefined;
      await runStepMode({ replay, targets, timing, speed, fastForward, resets }, invocation);
      return invocation.signal.aborted ? exitCodes.failed : undefined;
    }
    const outcome = await runToEnd(replay, prepared, invocation);
    print(json ? outcomeJson(outcome) : outcomeText(outcome, painter(color)));
    // What was asked for was not done; the report says how far it came.
    if (outcome.end === 'aborted') return exitCodes.failed;
    hold(outcome, given.expect);
    return undefined;
  },
});

/** Throws where the verdict is not the expected one, or where none was expected and a payload of it could not be sent. */
function hold({ verdict, unsent }: ReplayOutcome, expected: Verdict['kind'] | undefined): void {
  if (expected === undefined) {
    if (unsent === undefined) return;
    throw new DvrError('payload-unsent', `payload ${unsent.id} could not be sent: ${unsent.why}`);
  }
  if (verdict.kind === expected) return;
  throw new DvrError(
    'expectation-not-met',
    `expected ${expected}, and it is ${verdict.kind.replace('_', ' ')}`,
    {
      where: '--expect',
    },
  );
}

function refuseContradictions({
  stepMode,
  expect,
  fastForward,
  ...starting
}: FlagValues<typeof flags>): void {
  refuseStartless(starting);
  if (stepMode && expect !== undefined) {
    throw new DvrError(
      'usage',
      '--expect judges a whole replay, and --step-mode leaves it to you how far it goes',
      {
        where: '--expect',
        hint: 'Leave one of them out.',
      },
    );
  }
  if (fastForward && !stepMode) {
    throw new DvrError('usage', '--fast-forward belongs to --step-mode', {
      where: '--fast-forward',
      hint: 'Add --step-mode, or write --timing fast to replay without gaps.',
    });
  }
}

/** What is said of a service that is to be started, where none is. */
function refuseStartless({
  exec,
  ready,
  reset,
  env,
}: Pick<FlagValues<typeof flags>, 'exec' | 'ready' | 'reset' | 'env'>): void {
  if (exec !== undefined) return;
  const where = ready !== undefined ? '--ready' : env.length > 0 && reset === undefined ? '--env' : undefined;
  if (where === undefined) return;
  throw new DvrError('usage', `${where} is for a service that the replay starts, and there is no --exec`, {
    where,
    hint: 'Give --exec "COMMAND", or leave it out where the service runs already.',
  });
}
