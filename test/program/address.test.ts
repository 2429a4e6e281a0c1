import { expect, test } from 'vitest';
import { DvrError } from '../../errors/index.ts';
import { parseTarget } from '../../program/address.ts';

test.each([
  ['ws://localhost:8081', 'Did you mean http://?'],
  ['wss://localhost', 'Did you mean https://?'],
])('a target %s is told that a WebSocket begins as a request of HTTP', (url, hint) => {
  expect(() => parseTarget(url, '--target')).toThrow(DvrError);
  try {
    parseTarget(url, '--target');
  } catch (error) {
    expect(error).toMatchObject({ code: 'url-invalid', hint });
  }
});
