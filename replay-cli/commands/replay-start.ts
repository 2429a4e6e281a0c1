import { exitCodes } from '../../errors/index.ts';
import { defineCommand } from '../../program/command.ts';
import { painter } from '../../program/paint.ts';
import { openReplay } from '../engine/replay.ts';
import { flags } from '../replay-start/flags.ts';
import { outcomeJson } from '../replay-start/outcome-json.ts';
import { outcomeText } from '../replay-start/outcome-text.ts';
import { prepareReplay } from '../replay-start/prepare.ts';
import { runToEnd } from '../replay-start/run-to-end.ts';

export const command = defineCommand({
  name: 'replay start',
  about:
    "Sends a tape's payloads to a local service, in the recorded order, overlap and timing, and judges the outcome.",
  details:
    'The verdict is reproduced (the trigger failed again, and nothing before it changed), fixed (it succeeded under\nrecorded timing), not reproduced, or diverged at a payload. Every verdict exits with 0 unless --expect asks for one.',
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
  ],
  flags,
  positionals: {},
  json: true,
  async run(invocation) {
    const prepared = await prepareReplay(invocation);
    const { print, json, color, flags: given } = invocation;
    await using replay = await openReplay(prepared.options, invocation.signal);
    const outcome = await runToEnd(replay, prepared, invocation);
    print(json ? outcomeJson(outcome) : outcomeText(outcome, painter(color)));
    if (given.expect === undefined || outcome.verdict.kind === given.expect) return undefined;
    invocation.log.error(`expected ${given.expect}, and it is ${outcome.verdict.kind.replace('_', ' ')}`);
    return exitCodes.expectationNotMet;
  },
});
