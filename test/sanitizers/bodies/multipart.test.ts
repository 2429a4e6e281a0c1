import { expect, test } from 'vitest';
import { createScrubber } from '../../../sanitizers/engine.ts';
import { exchange, text } from '../world.ts';

const secret = 'hunter2-Zk39';

function scrubPart(head: string, content = secret, end = '\r\n--b--\r\n'): string {
  const scrubber = createScrubber([]);
  const made = scrubber.scrub(
    exchange({
      request: [['Content-Type', 'multipart/form-data; boundary=b']],
      requestBody: `--b\r\n${head}\r\n\r\n${content}${end}`,
    }),
  );
  return scrubber.gaps.length === 0 ? text(made.requestBody) : 'dropped';
}

const named = 'Content-Disposition: form-data; name="password"';

test.each([
  ['of text', `${named}\r\nContent-Type: text/plain`],
  [
    'of text with a charset',
    `${named}\r\nContent-Type: text/plain; charset=ISO-8859-1\r\nContent-Transfer-Encoding: 8bit`,
  ],
  ['of no known type', `${named}\r\nContent-Type: application/x-own`],
  ['of bytes', `${named}\r\nContent-Type: application/octet-stream`],
  ['said to be a form', `${named}\r\nContent-Type: application/x-www-form-urlencoded`],
  ['that is none of the JSON it is said to be', `${named}\r\nContent-Type: application/json`],
  ['with a name out of quotes', 'Content-Disposition: form-data; name=password'],
  ['with a semicolon in its name', 'Content-Disposition: form-data; name="user;password"'],
  ['with a folded head', 'Content-Disposition: form-data;\r\n name="password"'],
  ['with an extended name', "Content-Disposition: form-data; name*=UTF-8''pass%77ord"],
])('a part %s is a value of its field', (_, head) => {
  expect(scrubPart(head)).toMatch(/\r\n\r\n[a-z]{6}\d-[A-Z][a-z]\d\d\r\n--b--\r\n$/);
  expect(scrubPart(head)).not.toContain(secret);
});

test('a part of JSON that is one string is a value of its field', () => {
  const made = scrubPart(`${named}\r\nContent-Type: application/json`, `"${secret}"`);
  expect(made).toMatch(/"[a-z]{6}\d-[A-Z][a-z]\d\d"/);
  expect(made).not.toContain(secret);
});

test.each([
  [
    'a transfer encoding',
    `${named}\r\nContent-Transfer-Encoding: base64`,
    Buffer.from(secret).toString('base64'),
  ],
  ['a transfer encoding of its own', `${named}\r\ncontent-transfer-encoding: x-own`, secret],
  ['a line of its head that is no field', `${named}\r\nno field`, secret],
  [
    'delimiters with lone line feeds in it',
    'Content-Disposition: form-data; name="a"',
    `x\n--b\nContent-Disposition: form-data; name="password"\n\n${secret}`,
  ],
  ['a picture under the name of a secret', named, '\x89PNG\r\n\x1a\n\xfe'],
])('a part with %s makes the body unreadable', (_, head, content) => {
  expect(scrubPart(head, content)).toBe('dropped');
});
