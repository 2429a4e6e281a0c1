import { join } from 'node:path';
import { DvrError } from '../../errors/index.ts';
import type { TargetAddress } from '../../program/address.ts';
import type { Invocation } from '../../program/command.ts';
import { renderFault } from '../../program/fault.ts';
import { painter } from '../../program/paint.ts';
import { wantsColor } from '../../program/surroundings.ts';
import type { Replay, Timing } from '../engine/port.ts';
import { commandNamed, quit } from './commands/index.ts';
import { completeLine } from './complete.ts';
import { payloadsText } from './lines.ts';
import { lookAtTargets } from './paused/local-targets.ts';
import type { CommandLines } from './prompt/command-lines.ts';
import { fileHistory } from './prompt/history.ts';
import { scriptLines } from './prompt/script.ts';
import { TerminalLines } from './prompt/terminal.ts';
import { Stepper } from './stepper.ts';
import { jsonVoice, textVoice } from './voice.ts';

export interface StepModeOptions {
  readonly replay: Replay;
  /** Where payloads go; those on this machine are looked at for breakpoints. */
  readonly targets: readonly TargetAddress[];
  /** Of `continue` and `next --group`. */
  readonly timing: Timing;
  readonly speed: number;
  /** Whether `back` and `goto` drop the gaps on their way. */
  readonly fastForward: boolean;
  /** Whether there is a `--reset`. */
  readonly resets: boolean;
}

type Around = Pick<Invocation, 'around' | 'json' | 'color' | 'folders' | 'log' | 'signal' | 'takeInterrupts'>;

/**
 * Steps through a replay: reads commands from the terminal, or a script from a pipe, until `quit` or the end of the
 * input. Throws the first `DvrError` of a script; on a terminal it is shown, and the next command awaited. Ctrl-C stops
 * a command where stdin is a terminal, and else ends the program.
 */
export async function runStepMode(options: StepModeOptions, invocation: Around): Promise<void> {
  const { around, json, signal } = invocation;
  const isTerminal = around.stdin.isTTY === true && around.stdout.isTTY === true && !json;
  let stepper: Stepper | undefined;
  let busy = false;
  const onInterrupt = () => {
    if (busy) stepper?.interrupt();
    else lines.interrupt();
  };
  using lines = isTerminal
    ? new TerminalLines({
        around,
        history: fileHistory(join(invocation.folders.state, 'step-history')),
        complete: completeLine,
        onInterrupt,
      })
    : scriptLines(around, !json);
  // Where nobody sits at it, an interrupt is meant for the program.
  using _interrupts = around.stdin.isTTY === true ? invocation.takeInterrupts(onInterrupt) : undefined;
  using end = onAbort(signal, () => lines[Symbol.dispose]());
  stepper = newStepper(options, invocation, lines);
  try {
    for (let line = await lines.read(); line !== undefined; line = await lines.read()) {
      busy = true;
      if ((await obey(line, stepper, invocation, lines)) === 'quit' || end.aborted) break;
      busy = false;
    }
    if (stepper.inFlight.length > 0) invocation.log.info(`${payloadsText(stepper.inFlight)} still in flight`);
  } finally {
    stepper.close();
  }
}

function newStepper(
  { targets, resets, ...options }: StepModeOptions,
  { around, json, signal }: Around,
  lines: CommandLines,
): Stepper {
  return new Stepper({
    ...options,
    voice: json ? jsonVoice(around.stdout) : textVoice(lines.write),
    paused: lookAtTargets(targets),
    restores: options.replay.service !== undefined ? 'service' : resets ? 'state' : 'nothing',
    signal,
    progress: (done, of) => {
      if (around.stderr.isTTY === true && !json)
        around.stderr.write(`\r${done} of ${of}${done === of ? '\r\u001b[K' : ''}`);
    },
  });
}

async function obey(
  line: string,
  stepper: Stepper,
  invocation: Around,
  lines: CommandLines,
): Promise<'quit' | 'done'> {
  const [name, ...words] = line.trim().split(/\s+/);
  if (name === undefined || name === '') return 'done';
  const { around, color } = invocation;
  stepper.voice({ event: 'command', line: line.trim() });
  stepper.begin();
  try {
    const command = commandNamed(name);
    if (command === quit) return 'quit';
    const rest = line.trim().slice(name.length).trim();
    await command.run({ stepper, words, rest, paint: painter(color), width: around.stdout.columns ?? 100 });
  } catch (thrown) {
    tell(thrown, stepper, invocation, lines);
  }
  return 'done';
}

/** A fault ends a script; someone at a terminal is told, and goes on. */
function tell(thrown: unknown, stepper: Stepper, { around, json }: Around, lines: CommandLines): void {
  if (!(thrown instanceof DvrError) || lines.isScript) throw thrown;
  const { code, message, hint } = thrown;
  if (json) stepper.voice({ event: 'error', code, message, ...(hint === undefined ? {} : { hint }) });
  else {
    const color = wantsColor(around.stderr, around.env, false);
    around.stderr.write(renderFault(thrown, { program: 'dvr', json: false, color, debug: false }));
  }
}

function onAbort(signal: AbortSignal, work: () => void): Disposable & { readonly aborted: boolean } {
  signal.addEventListener('abort', work, { once: true });
  return {
    get aborted() {
      return signal.aborted;
    },
    [Symbol.dispose]: () => signal.removeEventListener('abort', work),
  };
}
