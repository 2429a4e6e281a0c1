import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sampleFolder } from '../../tape/format-1-sample.ts';
import { makeTapeFolder } from '../../tape/make-tape.ts';
import { TapeWorld } from './tape-world.ts';

let world: TapeWorld;
beforeEach(async () => {
  world = await TapeWorld.make();
});
afterEach(() => world[Symbol.asyncDispose]());

test('the summary tells what fired, what was kept, lost and scrubbed', async () => {
  const { code, out } = await world.run(['show', sampleFolder]);
  expect(code).toBe(0);
  expect(out).toContain('on_status on payload 4 at 90.0 ms: POST /api/v2/checkout/process_payment 500');
  expect(out).toContain('300.0 s, 2023-11-14T22:13:20.000Z to 2023-11-14T22:18:20.000Z');
  expect(out).toContain('4 of checkout:8080, 1 of inventory:80, on 4 connections');
  expect(out).toContain('the window began in the middle of it (connection 9)');
  expect(out).toMatch(/card: 1 hit.*request.body 1/);
});

test('the summary tells idle sanitizers in one line, and traffic out of scope as left out', async () => {
  const idle = { version: 1, hits: 0, places: {}, dropped: 0 };
  const manifest = await world.commit(undefined, undefined, {
    sanitizers: [
      { name: 'jwt', ...idle },
      { name: 'card', ...idle, hits: 2, places: { 'request.body': 2 } },
      { name: 'email', ...idle },
    ],
    gaps: [{ cause: 'session_scope', count: 700, unit: 'exchanges' }],
  });
  await world.run(['fetch', manifest.id]);
  const { out } = await world.run(['show', manifest.id]);
  expect(out).toContain('card: 2 hits (request.body 2)');
  expect(out).toContain('without a hit: jwt, email');
  expect(out).toContain('700 exchanges of other sessions left out');
});

test('--timeline draws what overlapped one above the other', async () => {
  const { out } = await world.run(['show', sampleFolder, '--timeline']);
  const lines = out.trimEnd().split('\n');
  expect(lines).toHaveLength(6);
  const bars = lines.slice(1).map((line) => line.indexOf('█'));
  expect(bars[1]).toBeGreaterThan(bars[0]!);
  expect(bars[3]).toBeGreaterThan(bars[1]!);
  expect(lines[4]).toMatch(/^!4 POST/);
  expect(lines[3]).toContain('▶');
});

test('--payload shows heads as they were sent and bodies made readable', async () => {
  const { out } = await world.run(['show', sampleFolder, '--payload', '4']);
  expect(out).toContain('▶ POST /api/v2/checkout/process_payment HTTP/1.1\nHost: checkout\nX-Twice: a\n');
  expect(out).toContain('{\n  "card": "4000056655665550",\n  "note": "four chunks"\n}');
  expect(out).toContain('◀ HTTP/1.1 500 Internal Server Error');
});

test('a tape cannot act on the terminal, and what is no text is a hex dump', async () => {
  const evil = '\u001b]0;owned\u0007\u001b[2J';
  await makeTapeFolder(`${world.tapes}/tape-id-EEEE-crash`, [
    {
      start: 0,
      target: `/${evil}`,
      fields: [['X-Evil', evil]],
      body: evil,
      reason: evil,
      responseFields: [['Content-Encoding', 'gzip']],
      responseBody: gzipSync(Buffer.from([0, 1, 2, 255])),
    },
    { start: 1, responseFields: [['Content-Encoding', 'gzip']], responseBody: 'not gzip' },
  ]);
  for (const argv of [['--payload', '1'], ['--timeline']]) {
    const { code, out } = await world.run(['show', 'EEEE', ...argv]);
    expect(code).toBe(0);
    expect(out).not.toContain('\u001b');
    expect(out).not.toContain('\u0007');
    expect(out).toContain('\\x1b');
  }
  const { out } = await world.run(['show', 'EEEE', '--payload', '1']);
  expect(out).toContain('gzip taken off; not text]\n000000  00 01 02 ff');
  expect((await world.run(['show', 'EEEE', '--payload', '2'])).out).toContain('gzip that does not decode');
});

test('--json gives the manifest, every summary, or one payload with its bytes', async () => {
  const json = async (...argv: string[]) => (await world.run(['show', sampleFolder, '--json', ...argv])).out;
  expect(JSON.parse(await json())).toMatchObject({ id: 'tape-id-7889A-crash', payloads: 4 });
  const lines = (await json('--timeline')).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).id)).toEqual([1, 2, 3, 4, 5]);
  const payload = JSON.parse(await json('--payload', '4'));
  expect(Buffer.from(payload.request.body.base64, 'base64').toString()).toContain('4000056655665550');
  expect(payload.request.body).not.toHaveProperty('ref');
});

test('a number behind the tape is told to be meant for --payload, and clocks are rounded', async () => {
  expect(await world.run(['show', sampleFolder, '99'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('Did you mean --payload 99?'),
  });
  const manifest = await world.commit('tape-id-SKEW-crash', undefined, {
    clock: { start: '1700000000000000000', skew_ms: 0.94140625 },
  });
  await world.run(['fetch', manifest.id]);
  expect((await world.run(['show', manifest.id])).out).toContain('clocks within 1 ms');
});

test('a folder that holds no tape is wrong input', async () => {
  expect((await world.run(['show', '/'])).code).toBe(2);
});

test('a payload that is not there and a tape that was not fetched are told with what to do', async () => {
  expect(await world.run(['show', sampleFolder, '--payload', '6'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('Name one of 1 to 5'),
  });
  expect(await world.run(['show', 'tape-id-ZZZZ-crash'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('dvr-cli fetch tape-id-ZZZZ-crash'),
  });
});

test('an empty tape says that it has no payloads, and a replay of it what became of them', async () => {
  await world.commit('tape-id-EEEE-crash', [], {
    primary: '',
    services: [],
    gaps: [{ cause: 'evicted', count: 3, unit: 'batches' }],
  });
  await world.run(['fetch', 'tape-id-EEEE-crash']);
  const { out } = await world.run(['show', 'EEEE', '--no-color']);
  expect(out).toMatch(/^Payloads +none$/m);
  const target = ['--target', 'http://127.0.0.1:9'];
  const { code, err } = await world.run(['replay', 'start', '--tape', 'EEEE', ...target]);
  expect(code).toBe(2);
  expect(err).toContain('the tape has no payload to replay');
  expect(err).toContain('3 batches (the ledger had already trimmed it');
});
