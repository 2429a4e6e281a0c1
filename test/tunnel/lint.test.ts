import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generators } from '../../sanitizers/rules/template.ts';
import { generatorNames } from '../../tunnel/generators.ts';
import { lintTunnel } from '../../tunnel/lint.ts';

const article = readFileSync(new URL('fixtures/article.yaml', import.meta.url), 'utf8');

test('the article’s tunnel has no findings', () => {
  expect(lintTunnel(article)).toEqual([]);
});

test('every error is found, not only the first', () => {
  const wrong = article.replace('mode: record', 'mode: play').replace('payloads: true', 'payload: true');
  expect(lintTunnel(wrong).map(({ severity, path }) => [severity, path])).toEqual([
    ['error', 'spec.mode'],
    ['error', 'spec.capture.payload'],
  ]);
});

test('an error of any kind hides none of another kind', () => {
  const wrong = article
    .replace('payloads: true', 'payload: true')
    .replace('[500, 502, 503, 504]', '[500, 700]')
    .replace('"Authorization: Bearer .*"', '"(unclosed"')
    .replace('on_exception: "*"', 'on_exception: "*"\n      on_timeout: 5s');
  expect(lintTunnel(wrong).map(({ path }) => path)).toEqual([
    'spec.capture.payload',
    'spec.triggers[0].on_status[1]',
    'spec.triggers[1]',
    'spec.sanitization[0].regex',
  ]);
});

test.each([
  ['on_exception: "*"', 'on_status: [503]', 'spec.triggers[1]', /never fires/],
  ['on_exception: "*"', 'on_status: [500, 502]', 'spec.triggers[1]', /never fires/],
  ['on_exception: "*"', 'on_exception: panic', 'spec.triggers[1].on_exception', /no exception/],
  ['[500, 502, 503, 504]', '[200, 500]', 'spec.triggers[0].on_status', /no failures/],
  ['"Authorization: Bearer .*"', '"a$b"', 'spec.sanitization[0].regex', /can match no text/],
  ['"Authorization: Bearer .*"', '"x^y"', 'spec.sanitization[0].regex', /can match no text/],
  ['"Authorization: Bearer .*"', '"[^\\\\s\\\\S]"', 'spec.sanitization[0].regex', /can match no text/],
  ['"Authorization: Bearer .*"', '"\\\\d*"', 'spec.sanitization[0].regex', /empty text/],
  [
    '  sanitization:',
    '  sanitization:\n    - {regex: "Authorization: Bearer .*", replace: x}',
    'spec.sanitization[1].regex',
    /finds nothing/,
  ],
  ['payloads: true', 'payloads: true\n    ignore: [{path: "/**"}]', 'spec.capture.ignore[0]', /all traffic/],
  [
    '  triggers:',
    '  commit: {scope: session}\n  triggers:',
    'spec.commit.scope',
    /session_key|tells sessions apart/,
  ],
  ['on_exception: "*"', 'on_grpc_status: [13, UNAVAILABLE]', 'spec.triggers[1]', /never fires/],
  ['on_exception: "*"', 'on_grpc_status: [OK, ABORTED]', 'spec.triggers[1].on_grpc_status', /succeeded/],
])('%j as %j is warned of at %s', (piece, by, path, message) => {
  expect(article).toContain(piece);
  const findings = lintTunnel(article.replace(piece, () => by));
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ severity: 'warning', path });
  expect(findings[0]!.message).toMatch(message);
});

test('a code of gRPC is warned of where gRPC is not recorded', () => {
  const tunnel = article
    .replace('[http, grpc]', '[http]')
    .replace('on_exception: "*"', 'on_grpc_status: [5]');
  expect(lintTunnel(tunnel)).toMatchObject([
    {
      severity: 'warning',
      path: 'spec.triggers[1].on_grpc_status',
      message: expect.stringContaining('no grpc'),
    },
  ]);
});

test('a generator that is none is warned of, with the one that was meant', () => {
  const findings = lintTunnel(article.replace('[MOCK_TOKEN]', '[MOCK_TOKN]'));
  expect(findings).toMatchObject([{ severity: 'warning', hint: 'Did you mean [MOCK_TOKEN]?' }]);
});

test('the generators that are known here are those of the sanitizers', () => {
  expect([...generatorNames]).toEqual(Object.keys(generators));
});

test.each(['a|$b', '(?m)x$\n^y', 'a*', '^$', '\\bword\\b'])('%j is not called unmatchable', (regex) => {
  const findings = lintTunnel(article.replace('"Authorization: Bearer .*"', () => JSON.stringify(regex)));
  expect(findings.filter(({ message }) => message.includes('no text'))).toEqual([]);
});

test.each([
  ['a: [1,\n', 1, 4, '['],
  ['a: [1,', 1, 4, '['],
  ['x:\n  a: {b: [1, 2],\n  c: 3\n', 2, 6, '{'],
  ['a: {x: [1, {y: 2}\nb: 3\n', 1, 8, '['],
  ['{"a": [1, 2}', 1, 7, '['],
  ['a: 1\nb: "x\nc: 2\n', 2, 4, '"'],
])('what is never closed is told where it is opened: %j', (text, line, column, bracket) => {
  expect(lintTunnel(text)).toMatchObject([
    { line, column, message: `this is not valid YAML: ${bracket} is never closed` },
  ]);
});

test('other errors of YAML are told where they stand', () => {
  expect(lintTunnel('a: 1\n\tb: [2]\n')).toMatchObject([{ line: 2, message: /not valid YAML: (?!.*never)/ }]);
});
