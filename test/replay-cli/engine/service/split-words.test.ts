import { describe, expect, it } from 'vitest';
import { splitWords } from '../../../../replay-cli/engine/service/split-words.ts';

describe('the words of a command', () => {
  it.each([
    ['node server.js', ['node', 'server.js']],
    ['  a   b ', ['a', 'b']],
    ['"a b" c', ['a b', 'c']],
    [`'a "b' c`, ['a "b', 'c']],
    [`a"b"'c'd`, ['abcd']],
    ['a\\ b', ['a b']],
    ['"a\\"b"', ['a"b']],
    [`'a\\b'`, ['a\\b']],
    ['a ""', ['a', '']],
    [`sh -c 'a | b > c'`, ['sh', '-c', 'a | b > c']],
    ['a $HOME *', ['a', '$HOME', '*']],
  ])('of %j', (line, words) => {
    expect(splitWords(line, '--exec')).toEqual(words);
  });

  it.each(['', '  ', '"a', "a 'b", 'a | b', 'a > b', 'a; b', 'a && b'])('refuses %j', (line) => {
    expect(() => splitWords(line, '--exec')).toThrow(
      expect.objectContaining({ code: 'usage', where: '--exec' }),
    );
  });
});
