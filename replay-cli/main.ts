import { basename } from 'node:path';
import { DvrError, type ExitCode, exitCodes } from '../errors/index.ts';
import { table } from '../program/help.ts';
import { painter } from '../program/paint.ts';
import { reportFault, runCommand, watchStdout } from '../program/run.ts';
import { nearest } from '../program/suggest.ts';
import { processSurroundings, type Surroundings, wantsColor } from '../program/surroundings.ts';
import { packageVersion } from '../program/version.ts';
import type { CommandEntry } from './command-entry.ts';
import { commands } from './commands.ts';

/** `dvr-cli`, also installed as `kubectl-dvr`. Gives the exit code and never throws. */
export async function main(
  argv: readonly string[],
  around: Surroundings = processSurroundings(),
  invokedAs: string = process.argv[1] ?? '',
): Promise<ExitCode> {
  const program = basename(invokedAs).startsWith('kubectl-dvr') ? 'kubectl dvr' : 'dvr-cli';
  watchStdout(around);
  const words = leadingWords(argv);
  const entry = commands.find(({ name }) => startsWith(words, name.split(' ')));
  try {
    if (entry !== undefined) {
      const length = entry.name.split(' ').length;
      return await runCommand(await entry.load(), [...argv.slice(length)], { program, around });
    }
    const asked = askedAbout(argv, words);
    if (asked !== undefined) return await runCommand(await asked.load(), ['--help'], { program, around });
    return overview(argv, words, program, around);
  } catch (thrown) {
    return reportFault(thrown, program, argv, around);
  }
}

/** The command whose help `help replay start`, `help replay` or `replay --help` means, where that is one. */
function askedAbout(argv: readonly string[], words: readonly string[]): CommandEntry | undefined {
  const asksHelp = argv.includes('--help') || argv.includes('-h');
  const about = words[0] === 'help' ? words.slice(1) : asksHelp ? words : [];
  const [only, ...others] = commands.filter(
    ({ name }) => about.length > 0 && startsWith(name.split(' '), about),
  );
  return others.length === 0 ? only : undefined;
}

/** What is said where no command was named: the version, the list of commands, or what was wrong with the name. */
function overview(
  argv: readonly string[],
  words: readonly string[],
  program: string,
  around: Surroundings,
): ExitCode {
  const [first] = words;
  const asked = argv[0] ?? '';
  if (['-v', '-V', 'version'].includes(asked)) {
    throw new DvrError('usage', `there is no ${asked}`, { hint: `Did you mean ${program} --version?` });
  }
  const inGroup = commands.filter(({ name }) => first !== undefined && name.startsWith(`${first} `));
  const asksHelp = argv.includes('--help') || argv.includes('-h') || first === 'help';
  if (first === undefined || asksHelp) {
    if (argv.includes('--version')) around.stdout.write(`${packageVersion()}\n`);
    else
      (asksHelp ? around.stdout : around.stderr).write(
        listing(program, inGroup.length > 0 ? inGroup : commands, around, argv),
      );
    return asksHelp || argv.includes('--version') ? exitCodes.done : exitCodes.usage;
  }
  if (inGroup.length > 0 && words.length === 1) {
    const seconds = inGroup.map(({ name }) => `${program} ${name}`).join(' or ');
    throw new DvrError('usage', `${first} needs one more word`, { hint: `Write ${seconds}.` });
  }
  const typed = words.slice(0, 2).join(' ');
  const names = commands.map(({ name }) => name);
  const near = nearest(typed, names) ?? nearest(first, names);
  const group =
    inGroup.length === 0 ? undefined : `It is one of ${inGroup.map(({ name }) => name).join(', ')}.`;
  throw new DvrError('usage', `there is no command ${JSON.stringify(typed.slice(0, 60))}`, {
    hint:
      near === undefined
        ? (group ?? `See ${program} --help for all of them.`)
        : `Did you mean ${program} ${near}?`,
  });
}

function listing(
  program: string,
  listed: readonly CommandEntry[],
  around: Surroundings,
  argv: readonly string[],
): string {
  const paint = painter(wantsColor(around.stdout, around.env, argv.includes('--no-color')));
  const rows = listed.map(({ name, summary }) => [name, summary] as const);
  return [
    'A DVR for services: fetch the tape of a failure, step through it, replay it on your laptop.',
    `${paint('bold', 'Usage')}\n  ${program} COMMAND [flags]`,
    ...table(paint, 'Commands', rows),
    `${program} COMMAND --help shows a command's flags and examples.`,
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

function leadingWords(argv: readonly string[]): readonly string[] {
  const firstFlag = argv.findIndex((word) => word.startsWith('-'));
  return firstFlag === -1 ? argv : argv.slice(0, firstFlag);
}

function startsWith(words: readonly string[], start: readonly string[]): boolean {
  return start.every((word, index) => words[index] === word);
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
