import { DvrError } from '../../../errors/index.ts';

/**
 * Splits a command line into words as a POSIX shell would, with quotes and backslashes and nothing else: no variables,
 * no globs, no operators. Throws `usage`, naming `where`.
 */
export function splitWords(line: string, where: string): readonly [command: string, ...rest: string[]] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const sign = line.charAt(at);
    if (quote === "'" ? sign === "'" : sign === quote && quote !== '') quote = '';
    else if (quote === "'") word = (word ?? '') + sign;
    else if (sign === '\\' && escapes(line.charAt(at + 1), quote)) word = (word ?? '') + line.charAt(++at);
    else if (quote === '' && (sign === '"' || sign === "'")) {
      quote = sign;
      word ??= '';
    } else if (quote === '' && /\s/.test(sign)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (quote === '' && /[|&;<>]/.test(sign)) throw noShell(sign, where);
    else word = (word ?? '') + sign;
  }
  if (quote !== '') throw new DvrError('usage', `${where} has a ${quote} that is not closed`, { where });
  if (word !== undefined) words.push(word);
  const [command, ...rest] = words;
  if (command === undefined) throw new DvrError('usage', `${where} names no command`, { where });
  return [command, ...rest];
}

function escapes(next: string, quote: string): boolean {
  return next !== '' && (quote === '' || next === '"' || next === '\\');
}

function noShell(sign: string, where: string): DvrError {
  return new DvrError('usage', `${where} holds ${sign}, which only a shell understands`, {
    where,
    hint: `Write ${where} "sh -c '...'" to run it in a shell, or quote the sign.`,
  });
}
