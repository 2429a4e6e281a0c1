import type { Invocation } from '../../program/command.ts';
import type { ReplayEvent } from '../engine/port.ts';
import type { TapeReplay } from '../engine/replay.ts';
import type { ReplayStartFlags } from './flags.ts';
import { marksOf, outcomeOf, type ReplayOutcome } from './outcome.ts';
import type { PreparedReplay } from './prepare.ts';
import { Tally } from './tally.ts';

/** How often progress is shown, milliseconds: a line that is written anew on a terminal, else now and then a new one. */
const terminalEveryMs = 200;
const logEveryMs = 10_000;

/** Replays the whole scope and judges it. Throws `target-out-of-reach`. */
export async function runToEnd(
  replay: TapeReplay,
  prepared: PreparedReplay,
  invocation: Pick<Invocation<ReplayStartFlags>, 'flags' | 'signal' | 'around' | 'json' | 'log'>,
): Promise<ReplayOutcome> {
  const { flags, signal } = invocation;
  const { first } = replay.scope;
  if (first === undefined) throw new Error('an open replay has a payload');
  const tally = new Tally(marksOf(replay.manifest, (id) => replay.scope.has(id)));
  const stopListening = replay.listen((event: ReplayEvent) => tally.take(event));
  const stopProgress = showProgress(replay, tally, invocation);
  const began = performance.now();
  try {
    const { timing, speed } = flags;
    const end = await replay.run({ from: first, timing, speed, signal, awaitResults: true });
    return outcomeOf({
      replay,
      tally,
      end,
      target: prepared.target,
      conditions: { timing, speed },
      environmentKnown: prepared.environmentKnown,
      restores: flags.reset !== undefined ? 'all' : replay.service === undefined ? 'nothing' : 'service',
      tookMs: performance.now() - began,
    });
  } finally {
    stopProgress();
    stopListening();
  }
}

/** Shows how far it is, on stderr. Returns what ends this. */
function showProgress(
  replay: TapeReplay,
  tally: Tally,
  { around, json, log }: Pick<Invocation<ReplayStartFlags>, 'around' | 'json' | 'log'>,
): () => void {
  const onTerminal = around.stderr.isTTY === true && !json;
  const text = () => `sent ${tally.sent} of ${replay.scope.count} payloads, ${tally.received} answered`;
  const timer = setInterval(
    () => {
      if (onTerminal) around.stderr.write(`\r${text()}\u001b[K`);
      else log.info(text());
    },
    onTerminal ? terminalEveryMs : logEveryMs,
  );
  return () => {
    clearInterval(timer);
    if (onTerminal) around.stderr.write('\r\u001b[K');
  };
}
