import { PassThrough } from 'node:stream';
import type { TargetAddress } from '../../../program/address.ts';
import { xdgFolders } from '../../../program/folders.ts';
import { createLog } from '../../../program/log.ts';
import { runStepMode, type StepModeOptions } from '../../../replay-cli/debugger/step-mode.ts';
import type { ReplayOptions } from '../../../replay-cli/engine/replay.ts';
import type { ScrubbedExchange } from '../../../tape/scrubbed.ts';
import { captured } from '../../program/sample-surroundings.ts';
import type { ExchangeSketch } from '../../tape/make-tape.ts';
import { replayOf } from '../engine/replay-of.ts';

export interface SteppingOptions {
  readonly json?: boolean;
  /** Whether stdin is a terminal. */
  readonly typed?: boolean;
  readonly step?: Partial<StepModeOptions>;
  readonly replay?: Partial<ReplayOptions>;
}

/** Step mode on a made tape, fed line by line. */
export interface Stepping {
  /** Writes a line of the script. */
  type(line: string): void;
  /** Waits until the output holds something. */
  saw(text: string | RegExp): Promise<void>;
  /** What SIGINT does now. */
  interrupt(): void;
  abort(): void;
  /** Ends the input, and gives all that was printed. */
  end(): Promise<string>;
}

export async function stepping(
  sketches: readonly (ExchangeSketch | ScrubbedExchange)[],
  target: TargetAddress,
  { json = false, typed = false, step = {}, replay: replayOptions = {} }: SteppingOptions = {},
): Promise<Stepping> {
  const replay = await replayOf(sketches, target, {
    patienceMs: Number.POSITIVE_INFINITY,
    ...replayOptions,
  });
  const around = captured();
  const stdin = Object.assign(new PassThrough(), { isTTY: typed });
  const controller = new AbortController();
  let onInterrupt = () => {};
  const running = runStepMode(
    { replay, targets: [target], timing: 'causal', speed: 1, fastForward: false, resets: false, ...step },
    {
      around: { ...around, stdin },
      json,
      color: false,
      folders: xdgFolders(around.env),
      log: createLog({ level: 'silent', name: 'test', stream: around.stderr, color: false }),
      signal: controller.signal,
      takeInterrupts: (handler) => {
        onInterrupt = handler;
        return { [Symbol.dispose]: () => {} };
      },
    },
  ).finally(() => replay[Symbol.asyncDispose]());
  running.catch(() => {});
  return {
    type: (line) => void stdin.write(`${line}\n`),
    saw: async (text) => {
      const deadline = performance.now() + 15_000;
      const found = () => (typeof text === 'string' ? around.out().includes(text) : text.test(around.out()));
      while (!found()) {
        if (performance.now() > deadline) throw new Error(`never saw ${text} in:\n${around.out()}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    interrupt: () => onInterrupt(),
    abort: () => controller.abort(),
    end: async () => {
      stdin.end();
      await running;
      return around.out();
    },
  };
}

/** Runs a whole script and gives what was printed. */
export async function script(
  sketches: readonly (ExchangeSketch | ScrubbedExchange)[],
  target: TargetAddress,
  lines: readonly string[],
  options: SteppingOptions = {},
): Promise<string> {
  const session = await stepping(sketches, target, options);
  for (const line of lines) session.type(line);
  return session.end();
}
