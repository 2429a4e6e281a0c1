import { expect, test } from 'vitest';
import { matchesGlob, matchesPathGlob } from '../../tunnel/glob.ts';

test.each([
  ['kube-probe/*', 'kube-probe/1.34', true],
  ['kube-probe/*', 'kube-probe/', true],
  ['kube-probe/*', 'Mozilla', false],
  ['*', '', true],
  ['*bot*', 'a bot of mine', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['exact', 'exact', true],
  ['exact', 'exactly', false],
])('%s on %s: %s', (pattern, text, expected) => {
  expect(matchesGlob(pattern, text)).toBe(expected);
});

test.each([
  ['/healthz', '/healthz', true],
  ['/health*', '/healthz', true],
  ['/health*', '/health/live', false],
  ['/static/**', '/static/a/b.css', true],
  ['/static/**', '/static', true],
  ['/**/live', '/a/b/live', true],
  ['/**/live', '/live', true],
  ['/*/live', '/a/b/live', false],
])('path %s on %s: %s', (pattern, path, expected) => {
  expect(matchesPathGlob(pattern, path)).toBe(expected);
});

test('a pattern of many stars is answered at once', () => {
  const started = performance.now();
  expect(matchesGlob(`${'a*'.repeat(40)}b`, 'a'.repeat(5_000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(1_000);
});
