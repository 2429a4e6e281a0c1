import { type ExitCode, exitCodes } from '../errors/index.ts';
import {
  commonFlags,
  environmentName,
  flagsOf,
  jsonFlag,
  kebab,
  readFlags,
  readPositionals,
  type Tokens,
  tokenize,
} from './arguments.ts';
import type { Command } from './command.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import { describeFault, renderFault } from './fault.ts';
import { xdgFolders } from './folders.ts';
import { helpText } from './help.ts';
import { createLog } from './log.ts';
import { painter } from './paint.ts';
import { type EndSignals, listenForEnd } from './signals.ts';
import { nearest } from './suggest.ts';
import { processSurroundings, type Surroundings, wantsColor } from './surroundings.ts';
import { packageVersion } from './version.ts';

export interface RunOptions {
  /** What the user typed before the command's name (`dvr-cli`, `kubectl dvr`); empty for a program of one command. */
  readonly program?: string;
  readonly around?: Surroundings;
}

/**
 * Runs a command with its command line: reads flags, environment and configuration file, runs it, and prints what was
 * thrown. Gives the exit code and never throws.
 */
export async function runCommand(
  command: Command,
  argv: readonly string[],
  { program = '', around = processSurroundings() }: RunOptions = {},
): Promise<ExitCode> {
  watchStdout(around);
  try {
    return (await run(command, argv, program, around)) ?? exitCodes.done;
  } catch (thrown) {
    return reportFault(thrown, program || command.name, argv, around);
  }
}

/** Ends the program where nobody reads what it prints. It stays: a fault may be told when all is written and done. */
export function watchStdout({ stdout }: Surroundings): void {
  if (!stdout.listeners('error').includes(endWithoutStdout)) stdout.on('error', endWithoutStdout);
}

/** Prints something thrown in the form that the command line asks for, and gives its exit code. */
export function reportFault(
  thrown: unknown,
  program: string,
  argv: readonly string[],
  around: Surroundings,
): ExitCode {
  // The command line may be what is wrong, so its flags are looked for and not parsed.
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  const asksFor = (name: string) =>
    words.includes(`--${name}`) || /^(1|true|yes|on)$/i.test(around.env[environmentName(name)] ?? '');
  const color = wantsColor(around.stderr, around.env, asksFor('no-color'));
  const style = { program, color, json: asksFor('json'), debug: asksFor('debug') };
  around.stderr.write(renderFault(thrown, style));
  return describeFault(thrown).exitCode;
}

async function run(
  command: Command,
  argv: readonly string[],
  program: string,
  around: Surroundings,
): Promise<ExitCode | undefined> {
  const tokens = tokenize(command, argv);
  const colored = wantsColor(around.stdout, around.env, tokens.given.has('no-color'));
  // A word that means nothing is no question about the whole program.
  if (Object.keys(command.positionals).length === 0) readPositionals(command, tokens.positionals);
  if (tokens.given.has('help')) {
    around.stdout.write(helpText(command, program, painter(colored)));
    return exitCodes.done;
  }
  if (tokens.given.has('version')) {
    around.stdout.write(`${packageVersion()}\n`);
    return exitCodes.done;
  }
  return invoke(command, tokens, program, around);
}

async function invoke(
  command: Command,
  { given, positionals, rest }: Tokens,
  program: string,
  around: Surroundings,
): Promise<ExitCode | undefined> {
  const folders = xdgFolders(around.env);
  const file = await readConfigFile(folders.config);
  const common = readFlags(commonFlags, given, around.env, file);
  const log = createLog({
    // What a person typed, or a CI job, is read by people; a server's log is gathered.
    lines: program !== '',
    level: common.logLevel,
    name: program || command.name,
    stream: around.stderr,
    color: wantsColor(around.stderr, around.env, common.noColor),
  });
  for (const miss of nearMisses(command, around.env, file)) log.warn(miss);
  using listening = new DisposableStack();
  let listened: EndSignals | undefined;
  const end = (): EndSignals => {
    listened ??= listening.use(
      listenForEnd((name) => log.info(`${name}: ending in good order; once more ends at once`)),
    );
    return listened;
  };
  return await command.run({
    flags: readFlags(command.flags, given, around.env, file),
    positionals: readPositionals(command, positionals),
    rest,
    json: command.json && readFlags(jsonFlag, given, around.env, file).json,
    color: wantsColor(around.stdout, around.env, common.noColor),
    log,
    folders,
    around,
    // A command that asks for neither has nothing to end in good order, and the system ends it.
    get signal() {
      return end().signal;
    },
    takeInterrupts: (onInterrupt) => end().takeInterrupts(onInterrupt),
    print: (line) => void around.stdout.write(`${line}\n`),
  });
}

/** File and environment serve all programs, so a name unknown to this one is fine, unless it looks like a slip. */
function nearMisses(command: Command, env: Surroundings['env'], file: ConfigFile | undefined): string[] {
  const known = Object.keys(flagsOf(command)).map(kebab);
  const near = (name: string) => (known.includes(name) ? undefined : nearest(name, known));
  const told: string[] = [];
  for (const name of file?.settings.keys() ?? []) {
    const meant = near(name);
    if (meant !== undefined) told.push(`${file?.path}: ${name} means nothing here; did you mean ${meant}?`);
  }
  for (const variable of Object.keys(env)) {
    // DVR_TEST_… are the test suite's own.
    if (!variable.startsWith('DVR_') || variable.startsWith('DVR_TEST_')) continue;
    const meant = near(variable.slice('DVR_'.length).toLowerCase().replaceAll('_', '-'));
    if (meant !== undefined) {
      told.push(`${variable} means nothing here; did you mean ${environmentName(meant)}?`);
    }
  }
  return told;
}

/** `dvr-cli tapes | head`: the reader went away, and there is nobody left to tell. Any other fault is told. */
function endWithoutStdout(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(exitCodes.done);
  process.stderr.write(`stdout cannot be written: ${error.code ?? error.name}\n`);
  process.exit(exitCodes.failed);
}
