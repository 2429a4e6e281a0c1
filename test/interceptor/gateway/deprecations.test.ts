import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silenceHttpProxy } from '../../../interceptor/gateway/deprecations.ts';

const { emitWarning } = process;
const told = vi.fn();
beforeEach(() => {
  process.emitWarning = told;
  silenceHttpProxy();
});
afterEach(() => {
  process.emitWarning = emitWarning;
  told.mockReset();
});

test('the deprecation that http-proxy runs into is not told', () => {
  process.emitWarning('`util._extend` is deprecated', 'DeprecationWarning', 'DEP0060');
  expect(told).not.toHaveBeenCalled();
});

test('all others are', () => {
  process.emitWarning('`url.parse` is deprecated', 'DeprecationWarning', 'DEP0169');
  expect(told).toHaveBeenCalledExactlyOnceWith('`url.parse` is deprecated', 'DeprecationWarning', 'DEP0169');
});
