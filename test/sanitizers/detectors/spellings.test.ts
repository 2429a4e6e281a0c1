import { expect, test } from 'vitest';
import { createScrubber } from '../../../sanitizers/engine.ts';
import { exchange, text } from '../world.ts';

function scrubbedText(body: string): string {
  const raw = exchange({ response: [['Content-Type', 'text/plain; charset=utf-8']], responseBody: body });
  return text(createScrubber([]).scrub(raw).responseBody);
}

test.each([
  ['4539/5787/6362/1486', '4539/57dd/dddd/dddd'],
  ['4539_5787_6362_1486', '4539_57dd_dddd_dddd'],
  ['4539  5787  6362  1486', '4539  57dd  dddd  dddd'],
  ['4539 - 5787 - 6362 - 1486', '4539 - 57dd - dddd - dddd'],
  ['4539\u20095787\u20096362\u20091486', '4539\u200957dd\u2009dddd\u2009dddd'],
  ['４５３９５７８７６３６２１４８６', '４５３９５７DDDDDDDDDD'],
  ['card4539578763621486', 'card453957dddddddddd'],
  ['card_4539578763621486_x', 'card_453957dddddddddd_x'],
  ['visa:4539578763621486eur', 'visa:453957ddddddddddeur'],
])('a card number in the spelling %s', (given, shape) => {
  const made = scrubbedText(`paid with ${given} now`);
  expect(made).not.toContain(given);
  const pattern = shape.replaceAll('d', '\\d').replaceAll('car\\d', 'card').replaceAll('D', '[０-９]');
  expect(made).toMatch(new RegExp(`^paid with ${pattern} now$`));
});

test.each(['deadbeef4539578763621486', '4539578763621486abc'])(
  'digits in the hexadecimal %s are no card number',
  (given) => {
    expect(scrubbedText(`id ${given}.`)).toBe(`id ${given}.`);
  },
);

test.each([
  ['joe.smith%40shop-online.com', /^to [a-z]{3}\.[a-z]{5}%40[a-z]{7}\.example$/],
  ['joe.smith&#64;shop-online.com', /^to [a-z]{3}\.[a-z]{5}&#64;[a-z]{7}\.example$/],
  ['joe.smith&#x40;shop-online.com', /^to [a-z]{3}\.[a-z]{5}&#x40;[a-z]{7}\.example$/],
  ['joe.smith&commat;shop-online.com', /^to [a-z]{3}\.[a-z]{5}&commat;[a-z]{7}\.example$/],
  ["o'brien@shop-online.com", /^to [a-z]'[a-z]{5}@[a-z]{7}\.example$/],
])('an e-mail address in the spelling %s', (given, shape) => {
  const made = scrubbedText(`to ${given}`);
  expect(made).toMatch(shape);
  expect(made).not.toMatch(/brien|smith|shop/);
});

test.each([
  ['market=smith@shop-online.com', 'email'],
  ['market/smith@shop-online.com', 'user_mail'],
])('of a field named as an address, %s is one as a whole', (given, name) => {
  const raw = exchange({
    request: [['Content-Type', 'application/json']],
    requestBody: JSON.stringify({ [name]: given }),
  });
  const made = text(createScrubber([]).scrub(raw).requestBody);
  expect(made).toMatch(/"[a-z]{6}[=/][a-z]{5}@[a-z]{7}\.example"/);
  expect(made).not.toContain('market');
});

test('two spellings of an address join', () => {
  const [plain, escaped] = scrubbedText('joe@shop-online.com joe%40shop-online.com').split(' ');
  expect(decodeURIComponent(escaped ?? '')).toBe(plain);
});

test.each([
  'bob:Canary77@host:443',
  '//bob:Canary77@host/a',
  '/reset/token/Canary77',
  '/api/session/Canary77/items',
  '/cb?code=Canary77Canary&state=x',
])('the request target %s holds no secret after it', (target) => {
  const made = createScrubber([]).scrub(exchange({ target })).exchange.request.head.target;
  expect(made).not.toContain('Canary77');
  expect(made).toHaveLength(target.length);
});

test.each([
  '/auth/login',
  '/token/refresh',
  '/password/reset-requests',
  '/session/v1',
  '/a?code=404',
  '//a/b',
])('the request target %s is left alone', (target) => {
  expect(createScrubber([]).scrub(exchange({ target })).exchange.request.head.target).toBe(target);
});

test.each([
  ['X-Auth', 'Canary77'],
  ['X-Session', 'Canary77'],
  ['X-CSRF', 'Canary77'],
  ['X-XSRF-Token', 'Canary77'],
  ['X-Key', 'Canary77'],
  ['X-Signature', 'Canary77'],
  ['X-Hub-Signature-256', 'sha256=Canary77'],
  ['Location', 'https://a.test/cb?code=Canary77Canary'],
  ['Location', '/cb?code=Canary77Canary&state=1'],
  ['Sec-WebSocket-Protocol', 'base64url.bearer.authorization.k8s.io.Canary77, base64.binary.k8s.io'],
])('the head line %s: %s holds no secret after it', (name, value) => {
  const made = createScrubber([]).scrub(exchange({ request: [[name, value]] })).exchange.request.head.fields;
  expect(made[0]?.[1]).not.toContain('Canary77');
});

test.each([
  ['Authorization: Token\n 8f14e45fceea167a', '8f14e45fceea167a'],
  ['Authorization:\r\n\tSecret\r\n\t8f14e45fceea167a', '8f14e45fceea167a'],
  ['proxy-authorization: Basic\r\n dXNlcjpodW50ZXIy', 'dXNlcjpodW50ZXIy'],
])('credentials in a folded head line within a text: %j', (line, secret) => {
  const made = scrubbedText(`sent:\n${line}\nHost: shop`);
  expect(made).not.toContain(secret);
  expect(made.replace(/\S+(?=\nHost)/, secret)).toBe(`sent:\n${line}\nHost: shop`);
});
