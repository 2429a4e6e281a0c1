import { expect, it } from 'vitest';
import { findCycle, reachableFrom } from './graph.ts';
import { whyNot } from './rules.ts';

it('an import against the table is named with both modules', () => {
  expect(whyNot('wire/http1/a.ts', 'tape/b.ts')).toBeUndefined();
  expect(whyNot('tape/a.ts', 'errors/index.ts')).toBeUndefined();
  expect(whyNot('tape/a.ts', 'wire/b.ts')).toBe('tape/a.ts imports wire/b.ts: tape/ may not import wire/');
  expect(whyNot('errors/a.ts', 'tunnel/b.ts')).toMatch(/may not/);
  expect(whyNot('interceptor/a.ts', 'test/b.ts')).toMatch(/may not/);
});

it('a cycle is found however long it is, and none where paths only meet', () => {
  const circle = new Map([
    ['a', ['b', 'x']],
    ['b', ['c']],
    ['c', ['a']],
    ['x', []],
  ]);
  expect(findCycle(circle)).toEqual(['a', 'b', 'c', 'a']);
  const diamond = new Map([
    ['a', ['b', 'c']],
    ['b', ['d']],
    ['c', ['d']],
  ]);
  expect(findCycle(diamond)).toBeUndefined();
  expect([...reachableFrom('b', diamond)]).toEqual(['b', 'd']);
});
