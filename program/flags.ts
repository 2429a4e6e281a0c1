import { DvrError } from '../errors/index.ts';
import { parseDuration } from './quantity.ts';
import { nearest } from './suggest.ts';

/** Reads one text of a flag. `where` names its source (`--target`, `DVR_TARGET`) for errors of code `usage`. */
export type Parse<T> = (text: string, where: string) => T;

/** How a flag (or a positional) is written, shown and read. Made by the functions below only. */
export interface Flag<T> {
  readonly shape: 'switch' | 'value' | 'list' | 'optional';
  readonly about: string;
  /** What stands for the value in the help: `URL`, `FILE`. Empty for a switch. */
  readonly placeholder: string;
  readonly required: boolean;
  /** As the user would write it. */
  readonly default: string | undefined;
  /** One letter. */
  readonly short: string | undefined;
  readonly choices: readonly string[] | undefined;
  /** `texts` holds every text given by the strongest source, the default's included; empty where there is none. */
  read(texts: readonly string[], where: string): T;
}

export type FlagSet = Readonly<Record<string, Flag<unknown>>>;

/** The values of a flag set, by the same names. */
export type FlagValues<F extends FlagSet> = {
  readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never;
};

interface Common {
  readonly short?: string;
  readonly choices?: readonly string[];
}
interface Optional extends Common {
  readonly default?: undefined;
  readonly required?: false;
}
type Certain = Common & ({ readonly default: string } | { readonly required: true });
type AnyOptions = Common & { readonly default?: string | undefined; readonly required?: boolean };

/** A flag with one value of any type. Its name in code is camelCase (`publicKey`), on the command line `--public-key`. */
export function value<T>(about: string, placeholder: string, parse: Parse<T>, options: Certain): Flag<T>;
export function value<T>(
  about: string,
  placeholder: string,
  parse: Parse<T>,
  options?: Optional,
): Flag<T | undefined>;
export function value<T>(
  about: string,
  placeholder: string,
  parse: Parse<T>,
  options: AnyOptions = {},
): Flag<T | undefined> {
  return {
    ...described(about, placeholder, options),
    shape: 'value',
    read: (texts, where) => {
      const last = texts.at(-1);
      return last === undefined ? undefined : parse(last, where);
    },
  };
}

/** A flag whose value may be left out: `bare` is what it means then. */
export function optionalValue<T, B>(
  about: string,
  placeholder: string,
  parse: Parse<T>,
  bare: B,
): Flag<T | B | undefined> {
  return {
    ...described(about, `[${placeholder}]`, {}),
    shape: 'optional',
    read: (texts, where) => {
      const last = texts.at(-1);
      if (last === undefined) return undefined;
      return last === '' ? bare : parse(last, where);
    },
  };
}

/** A flag that may be given several times. From the environment: one value a line. */
export function list<T>(
  about: string,
  placeholder: string,
  parse: Parse<T>,
  options: Common & { readonly required?: boolean } = {},
): Flag<readonly T[]> {
  return {
    ...described(about, placeholder, options),
    shape: 'list',
    read: (texts, where) => texts.map((text) => parse(text, where)),
  };
}

/** A flag that is there or not. `true`/`false`, `1`/`0`, `yes`/`no` in the environment and the configuration file. */
export function toggle(about: string, options: { readonly short?: string } = {}): Flag<boolean> {
  return {
    ...described(about, '', options),
    shape: 'switch',
    read: (texts, where) => {
      const last = texts.at(-1);
      return last === undefined ? false : parseBoolean(last, where);
    },
  };
}

/** The parser of a flag that takes any text but the empty one. */
export const anyText: Parse<string> = (text) => text;

/** A parser that takes one of the given words. */
export function oneOf<const W extends string>(words: readonly W[]): Parse<W> {
  return (text, where) => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    const near = nearest(text, words);
    throw badValue(where, text, `one of ${words.join(', ')}`, near && `Did you mean ${near}?`);
  };
}

/** A parser of whole numbers within bounds (both included). */
export function integer(from: number, to: number = Number.MAX_SAFE_INTEGER): Parse<number> {
  return (text, where) => {
    const number = /^[+-]?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= from && number <= to) return number;
    const range = to === Number.MAX_SAFE_INTEGER ? `of at least ${from}` : `from ${from} to ${to}`;
    throw badValue(where, text, `a whole number ${range}`);
  };
}

/** A parser of decimal numbers greater than zero. */
export const positiveNumber: Parse<number> = (text, where) => {
  const number = /^\d{1,12}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
  if (number > 0) return number;
  throw badValue(where, text, 'a number greater than 0');
};

/** A parser of durations (`2s`, `5m`) into milliseconds. */
export const duration: Parse<number> = (text, where) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw badValue(where, text, 'a duration such as 250ms, 2s, 5m or 1h');
};

/** The error of a value that cannot be read: says what would be right. */
export function badValue(where: string, text: string, wanted: string, hint?: string): DvrError {
  const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return new DvrError('usage', `${where} takes ${wanted}, not ${JSON.stringify(shown)}`, {
    where,
    ...(hint === undefined ? {} : { hint }),
  });
}

function parseBoolean(text: string, where: string): boolean {
  const word = text.toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(word)) return true;
  if (['false', '0', 'no', 'off', ''].includes(word)) return false;
  throw badValue(where, text, 'true or false');
}

function described(about: string, placeholder: string, options: AnyOptions) {
  return {
    about,
    placeholder,
    required: options.required ?? false,
    default: options.default,
    short: options.short,
    choices: options.choices,
  };
}
