import { DvrError } from '../errors/index.ts';
import type { Command } from './command.ts';
import type { ConfigFile } from './config-file.ts';
import { type Flag, type FlagSet, type FlagValues, oneOf, toggle, value } from './flags.ts';
import { logLevels } from './log-levels.ts';
import { nearest } from './suggest.ts';

/**
 * 2026-11-21, Node 24.21: an import of `node:util` reads all its exports once, among them getters that load fifteen more
 * modules: 1.2 MB of resident memory for nothing.
 */
const { parseArgs } = process.getBuiltinModule('node:util');

/** What every program takes. */
export const commonFlags = {
  logLevel: value('least level that is logged', 'LEVEL', oneOf(logLevels), {
    default: 'info',
    choices: logLevels,
  }),
  noColor: toggle('no colour, even on a terminal'),
  debug: toggle('show stack traces'),
};

/** What every program takes that prints data. */
export const jsonFlag = { json: toggle('print data, and errors, as JSON') };
const endingFlags = { help: toggle('show this help', { short: 'h' }), version: toggle('show the version') };

/** All flags of a command, its own first. */
export function flagsOf(command: Command): FlagSet {
  return { ...command.flags, ...(command.json ? jsonFlag : {}), ...commonFlags, ...endingFlags };
}

/** A command line taken apart, nothing read yet. */
export interface Tokens {
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly positionals: readonly string[];
  readonly rest: readonly string[];
}

/** Takes a command line apart. Throws `usage` for a flag that the command has not, or that lacks its value. */
export function tokenize(command: Command, argv: readonly string[]): Tokens {
  const byName = new Map(Object.entries(flagsOf(command)).map(([key, flag]) => [kebab(key), flag]));
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries([...byName].map(([name, flag]) => [name, optionOf(flag)])),
    strict: false,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  const positionals: string[] = [];
  const rest: string[] = [];
  let ended = false;
  let taken = -1;
  for (const token of tokens) {
    if (token.index === taken) continue;
    if (token.kind === 'option-terminator') ended = true;
    else if (token.kind === 'positional') (ended ? rest : positionals).push(token.value);
    else {
      const texts = given.get(token.name) ?? [];
      const behind = byName.get(token.name)?.shape === 'optional' ? valueBehind(tokens, token) : undefined;
      if (behind !== undefined) taken = behind.index;
      texts.push(behind?.value ?? textOf(command, byName, token));
      given.set(token.name, texts);
    }
  }
  return { given, positionals, rest };
}

/** Reads every flag from the strongest source that gives it: command line, environment, file, default. */
export function readFlags<F extends FlagSet>(
  flags: F,
  given: ReadonlyMap<string, readonly string[]>,
  env: Readonly<Record<string, string | undefined>>,
  file: ConfigFile | undefined,
): FlagValues<F>;
export function readFlags(
  flags: FlagSet,
  given: ReadonlyMap<string, readonly string[]>,
  env: Readonly<Record<string, string | undefined>>,
  file: ConfigFile | undefined,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, flag] of Object.entries(flags)) {
    const name = kebab(key);
    const { texts, where } = sourceOf(flag, name, given, env, file);
    if (flag.required && texts.length === 0) {
      throw new DvrError('usage', `--${name} is missing`, {
        where: `--${name}`,
        hint: `Give --${name} ${flag.placeholder}: ${flag.about}.`,
      });
    }
    values[key] = flag.read(texts, where);
  }
  return values;
}

/** Reads the positionals in their order. Throws `usage` where one is missing or there are too many. */
export function readPositionals<P extends FlagSet>(
  command: Command<FlagSet, P>,
  words: readonly string[],
): FlagValues<P>;
export function readPositionals(command: Command, words: readonly string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  let next = 0;
  for (const [key, positional] of Object.entries(command.positionals)) {
    const name = kebab(key).toUpperCase();
    const end = positional.shape === 'list' ? words.length : next + 1;
    const texts = words.slice(next, end);
    next = end;
    if (positional.required && texts.length === 0) {
      throw new DvrError('usage', `${name} is missing`, {
        where: name,
        hint: `${name}: ${positional.about}.`,
      });
    }
    values[key] = positional.read(texts, name);
  }
  const extra = words[next];
  if (extra === undefined) return values;
  throw new DvrError('usage', `${command.name} takes no ${JSON.stringify(extra.slice(0, 60))}`, {
    where: extra.slice(0, 60),
    hint: flagFor(command, extra) ?? 'See --help for what it takes.',
  });
}

/** The flag that a stray word was meant for: the only one that takes it, and would not take just any word. */
function flagFor(command: Command, word: string): string | undefined {
  const picky = Object.entries(command.flags).filter(
    ([, flag]) => flag.shape === 'value' && takes(flag, word) && !takes(flag, 'x'),
  );
  const [only, ...others] = picky;
  return only === undefined || others.length > 0 ? undefined : `Did you mean --${kebab(only[0])} ${word}?`;
}

function takes(flag: Flag<unknown>, word: string): boolean {
  try {
    flag.read([word], '');
    return true;
  } catch (error) {
    if (error instanceof DvrError) return false;
    throw error;
  }
}

/** A flag's name as it is typed: `publicKey` → `public-key`. */
export function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The environment variable of a flag: `public-key` → `DVR_PUBLIC_KEY`. */
export function environmentName(name: string): string {
  return `DVR_${name.toUpperCase().replaceAll('-', '_')}`;
}

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number];

/** The word behind a flag whose value may be left out, where it is one. */
function valueBehind(tokens: readonly Token[], { index, value: inline }: Token & { kind: 'option' }) {
  if (inline !== undefined) return undefined;
  const next = tokens.find((token) => token.index === index + 1);
  return next?.kind === 'positional' ? next : undefined;
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function optionOf(flag: Flag<unknown>): { type: 'boolean' | 'string'; short?: string; multiple: true } {
  const type = flag.shape === 'switch' || flag.shape === 'optional' ? 'boolean' : 'string';
  return { type, multiple: true, ...(flag.short === undefined ? {} : { short: flag.short }) };
}

function textOf(command: Command, byName: ReadonlyMap<string, Flag<unknown>>, token: OptionToken): string {
  const { name, rawName, value: text } = token;
  const flag = byName.get(name);
  if (flag === undefined) {
    const near = nearest(name, byName.keys());
    throw new DvrError('usage', `${command.name} has no flag ${rawName}`, {
      where: rawName,
      hint: near === undefined ? 'See --help for its flags.' : `Did you mean --${near}?`,
    });
  }
  if (flag.shape === 'switch') return text ?? 'true';
  if (flag.shape === 'optional') return text ?? '';
  // `--target --json`: the next flag, not a value that begins with a dash (that is written `--target=--json`).
  const swallowed = token.inlineValue === false && /^--?[a-z]/i.test(text ?? '');
  if (text !== undefined && text !== '' && !swallowed) return text;
  throw new DvrError('usage', `--${name} needs a value`, {
    where: `--${name}`,
    hint: `Give --${name} ${flag.placeholder}: ${flag.about}.`,
  });
}

function sourceOf(
  flag: Flag<unknown>,
  name: string,
  given: ReadonlyMap<string, readonly string[]>,
  env: Readonly<Record<string, string | undefined>>,
  file: ConfigFile | undefined,
): { texts: readonly string[]; where: string } {
  const typed = given.get(name);
  if (typed !== undefined) return { texts: typed, where: `--${name}` };
  const variable = environmentName(name);
  const fromEnv = env[variable];
  if (fromEnv !== undefined && fromEnv !== '') {
    return { texts: flag.shape === 'list' ? fromEnv.split('\n') : [fromEnv], where: variable };
  }
  const fromFile = file?.settings.get(name);
  if (file !== undefined && fromFile !== undefined)
    return { texts: fromFile, where: `${name} in ${file.path}` };
  return { texts: flag.default === undefined ? [] : [flag.default], where: `--${name}` };
}
