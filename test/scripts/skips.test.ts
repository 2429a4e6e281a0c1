import { expect, it } from 'vitest';
import { judge } from '../../scripts/skips.ts';
import type { SkippedTest } from '../report.ts';

const forCompiler: SkippedTest = {
  test: 'test/a.test.ts > a native breakpoint',
  parts: [{ part: 'c-compiler', why: 'cc is not on the PATH' }],
  note: undefined,
};
const forTwo: SkippedTest = {
  test: 'test/b.test.ts > both',
  parts: [...forCompiler.parts, { part: 'gdb', why: 'no apt-get here' }],
  note: undefined,
};
const silent: SkippedTest = { test: 'test/c.test.ts > it.skip', parts: [], note: undefined };

it('skips are summed by the part that was missing', () => {
  expect(judge([forCompiler, forTwo])).toEqual({
    lines: ['skipped: c-compiler: cc is not on the PATH [2 tests]', 'skipped: gdb: no apt-get here [1 test]'],
    forbidden: 0,
  });
});

it('a strict run forbids a skip unless every part it lacks is on the list', () => {
  const judged = judge([forCompiler, forTwo, silent], new Set(['c-compiler']));
  expect(judged.forbidden).toBe(2);
  expect(judged.lines).toContain('not allowed to be skipped: test/b.test.ts > both');
  expect(judged.lines).toContain('not allowed to be skipped: test/c.test.ts > it.skip');
});
