import { DvrError } from '../../errors/index.ts';
import type { PayloadId, Scope } from '../engine/port.ts';

/** The payload that a command's only word names. Throws `usage`. */
export function payloadOf(words: readonly string[], scope: Scope, form: string): PayloadId {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0 || !/^\d{1,9}$/.test(word)) throw wrongWords(words, form);
  return inScope(Number(word), scope);
}

export function inScope(id: PayloadId, scope: Scope): PayloadId {
  if (scope.has(id)) return id;
  throw new DvrError('usage', `payload ${id} is not in this replay`, {
    hint:
      scope.count === 0
        ? 'It has none.'
        : `It has ${scope.count}, from ${scope.first} on; "list" shows them.`,
  });
}

export function noWords(words: readonly string[], form: string): void {
  if (words.length > 0) throw wrongWords(words, form);
}

export function wrongWords(words: readonly string[], form: string): DvrError {
  const what =
    words.length === 0
      ? 'a word is missing'
      : `${JSON.stringify(words.join(' ').slice(0, 60))} cannot be read`;
  return new DvrError('usage', what, { hint: `Write: ${form}` });
}
