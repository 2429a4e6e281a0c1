import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ExchangeSketch } from '../../tape/make-tape.ts';
import { type ServiceUnderTest, serve } from '../engine/service-under-test.ts';
import { script, stepping } from './stepping.ts';

/** The article's two payloads. */
const two: readonly ExchangeSketch[] = [
  { start: 0, method: 'POST', target: '/api/v2/checkout/init', connection: 1, message: 0, session: 'a' },
  {
    start: 50,
    method: 'POST',
    target: '/api/v2/checkout/process_payment',
    connection: 1,
    message: 1,
    session: 'a',
    status: 500,
  },
];

/** Four payloads, of which 2 and 3 overlapped. */
const four: readonly ExchangeSketch[] = [
  { start: 0, target: '/cart', connection: 1, session: 'a' },
  { start: 20, end: 60, target: '/item', connection: 1, message: 1, session: 'a' },
  {
    start: 40,
    end: 50,
    target: '/discount?code=1',
    connection: 2,
    session: 'a',
    fields: [
      ['Host', 'x'],
      ['X-Tenant', 'acme'],
    ],
  },
  { start: 80, target: '/pay', status: 500, connection: 1, message: 2, session: 'a' },
];

let service: ServiceUnderTest;
let seen: string[];
let handle: (request: IncomingMessage, response: ServerResponse) => void;
beforeEach(async () => {
  seen = [];
  handle = (_request, response) => {
    response.end('ok');
  };
  service = await serve((request, response) => {
    seen.push(request.url ?? '');
    handle(request, response);
  });
});
afterEach(() => service[Symbol.asyncDispose]());

describe('a script of step mode', () => {
  test('reads as the transcript', async () => {
    expect(await script(two, service.target, ['next', 'next'])).toBe(
      [
        'dvr> next',
        '[Sent] POST /api/v2/checkout/init (Payload ID: 1)',
        '[Received] 200 OK',
        'dvr> next',
        '[Sent] POST /api/v2/checkout/process_payment (Payload ID: 2)',
        '[Received] 200 OK',
        '',
      ].join('\n'),
    );
  });

  test('gives events with --json, and nothing else', async () => {
    const out = await script(two, service.target, ['next', 'list'], { json: true });
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events).toMatchObject([
      { event: 'command', line: 'next' },
      { event: 'sent', payload: 1, method: 'POST', target: '/api/v2/checkout/init', replaced: 0 },
      { event: 'received', payload: 1, status: 200, reason: 'OK', left_class: false },
      { event: 'command', line: 'list' },
      {
        event: 'shown',
        command: 'list',
        data: [
          { payload: 1, state: 'answered', replayed: '200' },
          { payload: 2, state: 'next' },
        ],
      },
    ]);
  });

  test('ends at its first wrong command, with exit code 2 and what was meant', async () => {
    const session = await stepping(two, service.target);
    session.type('nxt');
    session.type('next');
    await expect(session.end()).rejects.toMatchObject({ exitCode: 2, hint: 'Did you mean next?' });
    expect(seen).toEqual([]);
  });

  test.each([
    ['next --grp', 'Did you mean next --group?'],
    ['break **/apply_discount', 'A path begins with a slash: /**/apply_discount'],
  ])('says what was meant by %s', async (line, hint) => {
    const session = await stepping(two, service.target);
    session.type(line);
    await expect(session.end()).rejects.toMatchObject({ exitCode: 2, hint });
  });

  test('ends when the program is to end', async () => {
    const session = await stepping(two, service.target);
    session.type('next');
    await session.saw('[Received]');
    session.abort();
    expect(await session.end()).toContain('[Received] 200 OK');
  });

  test.each([
    ['n', 'next'],
    ['h', 'help'],
    ['?', 'help'],
    ['cont', 'continue'],
  ])('takes %s for %s', async (short, long) => {
    const [a, b] = [await script(two, service.target, [short]), await script(two, service.target, [long])];
    expect(a.split('\n').slice(1)).toEqual(b.split('\n').slice(1));
  });

  test('names what a short word could be', async () => {
    await expect(script(two, service.target, ['b'])).rejects.toThrow(/back or break/);
  });
});

describe('next', () => {
  test('N sends so many, each after the answer of the one before', async () => {
    const out = await script(four, service.target, ['next 3']);
    expect(seen).toEqual(['/cart', '/item', '/discount?code=1']);
    expect(out.match(/\[\w+\]/g)).toEqual([
      '[Sent]',
      '[Received]',
      '[Sent]',
      '[Received]',
      '[Sent]',
      '[Received]',
    ]);
  });

  test('--group sends what overlapped at once, and says whose answer came', async () => {
    let open = 0;
    let most = 0;
    handle = (_request, response) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        response.end();
      }, 60);
    };
    const out = await script(four, service.target, ['next', 'next --group', 'list']);
    expect(most).toBe(2);
    expect(out).toContain('[Sent] GET /discount?code=1 (Payload ID: 3)\n[Received] 200 OK (Payload ID: 2)');
    expect(out).toContain('▶ 4');
  });

  test('at the end of the tape says so', async () => {
    expect(await script(two, service.target, ['next 2', 'next'])).toMatch(/dvr> next\n\[End of tape\]\n$/);
  });

  test('says when an answer does not come, without calling it a breakpoint, and tells it when it comes', async () => {
    let answer = () => {};
    handle = (request, response) => {
      if (request.url?.endsWith('process_payment')) answer = () => void response.end('late');
      else response.end('ok');
    };
    const session = await stepping(two, service.target);
    session.type('next 2');
    await session.saw('[No answer yet]');
    session.type('list');
    await session.saw('→ in flight');
    answer();
    await session.saw('[Received] 200 OK\n');
    await session.saw(
      /\[No answer yet\] after \d\.\d s, 0\.0 s when it was recorded: perhaps slow.*\(Payload ID: 2 is in flight\)/,
    );
    expect(await session.end()).not.toContain('Breakpoint');
  });

  test('tells how a payload failed', async () => {
    handle = (request) => request.socket.destroy();
    expect(await script(two, service.target, ['next'])).toMatch(
      /\[Failed\] the service (reset|closed) the connection/,
    );
  });
});

describe('continue', () => {
  test('sends all that follows, up to the end', async () => {
    const out = await script(four, service.target, ['continue']);
    expect(seen).toHaveLength(4);
    expect(out).toMatch(/\[End of tape\]\n$/);
  });

  test.each([
    ['path /p*', '/pay (Payload ID: 4): path /p*'],
    ['/disc*', '/discount?code=1 (Payload ID: 3): path /disc*'],
    ['id 2', '/item (Payload ID: 2): id 2'],
    ['status 5xx', '/pay (Payload ID: 4): status 5xx'],
    ['500', undefined],
    ['header X-Tenant: ac*', '/discount?code=1 (Payload ID: 3): header X-Tenant: ac*'],
    ['x-tenant: acme', '(Payload ID: 3): header x-tenant: acme'],
  ])('stops before a payload with %s', async (condition, stopped) => {
    const running = script(four, service.target, [`break ${condition}`, 'continue', 'next']);
    if (stopped === undefined) {
      await expect(running).rejects.toMatchObject({ hint: 'Write "id 500" or "status 500".' });
      return;
    }
    const out = await running;
    expect(out).toContain(`[Stopped before] GET `);
    expect(out).toContain(stopped);
    const id = /\(Payload ID: (\d)\): /.exec(out)?.[1];
    expect(out.slice(out.lastIndexOf('dvr> '))).toContain(`(Payload ID: ${id})`);
  });

  test('stops after an answer with a status that the tape has not', async () => {
    handle = (request, response) => {
      response.statusCode = request.url === '/item' ? 503 : 200;
      response.end();
    };
    const out = await script(
      four.map((sketch) => ({ ...sketch, status: 200 })),
      service.target,
      ['break 5xx', 'continue'],
    );
    expect(out).toContain('[Stopped after] Payload ID: 2: status 5xx');
  });

  test('goes on from where a condition stopped it', async () => {
    const out = await script(four, service.target, [
      'break id 2',
      'break id 4',
      'continue',
      'continue',
      'continue',
    ]);
    expect(out.match(/\[Stopped before\]/g)).toHaveLength(2);
    expect(seen).toHaveLength(4);
  });

  test('is stopped by an interrupt, and the program is not', async () => {
    const slow = [...two, { start: 60_000, target: '/late', connection: 1, message: 2, session: 'a' }];
    const session = await stepping(slow, service.target, { typed: true });
    session.type('continue');
    await session.saw('(Payload ID: 2)\n[Received]');
    session.interrupt();
    await session.saw('[Stopped] payload 3 is next');
    session.type('list');
    await session.saw('▶ 3');
    await session.end();
  });
});

describe('back and goto', () => {
  test('without --exec move the cursor, and say that the state did not move', async () => {
    const out = await script(four, service.target, ['next 3', 'back', 'next', 'goto 2', 'back', 'next']);
    expect(seen).toEqual(['/cart', '/item', '/discount?code=1', '/discount?code=1', '/cart']);
    expect(out).toContain("Payload 3 is next. The service's state did not move");
    expect(out).toContain('Payload 2 is next.');
    expect(out).toContain('Payload 1 is next.');
  });

  test('what was sent in this pass is not sent again by continue, which says so, nor as a group', async () => {
    const out = await script(four, service.target, ['next 3', 'goto 2', 'continue']);
    expect(seen).toEqual(['/cart', '/item', '/discount?code=1', '/pay']);
    expect(out).toContain('what was sent in this pass is left out');
    await expect(script(four, service.target, ['next 3', 'goto 2', 'next --group'])).rejects.toThrow(
      /payloads 2 and 3 of this group went out in this pass already/,
    );
  });

  test('restart begins a new pass, in which all is sent again', async () => {
    await script(two, service.target, ['next 2', 'restart', 'continue']);
    expect(seen).toHaveLength(4);
  });

  test('back before anything was sent says so', async () => {
    expect(await script(two, service.target, ['back'])).toContain('Nothing was sent yet.');
  });

  test('goto refuses a payload that is not there', async () => {
    await expect(script(two, service.target, ['goto 7'])).rejects.toMatchObject({
      exitCode: 2,
      hint: expect.stringContaining('2, from 1 on'),
    });
  });
});

describe('commands that show', () => {
  test('show, diff, timeline, break and help', async () => {
    handle = (_request, response) => {
      response.end('other');
    };
    const lines = ['next', 'show 1', 'diff 1', 'timeline', 'break', 'break id 2', 'break --clear 1', 'help'];
    const out = await script([{ ...two[0]!, responseBody: 'ok' }, two[1]!], service.target, lines);
    const shown = out.split('dvr> ').slice(2);
    expect(shown[0]).toContain('POST /api/v2/checkout/init HTTP/1.1');
    expect(shown[1]).toContain('body');
    expect(shown[2]).toContain('/api/v2/checkout');
    expect(shown[3]).toContain('No conditions.');
    expect(shown[4]).toContain('1  id 2');
    expect(shown[5]).toContain('No conditions.');
    expect(shown[6]).toContain('next --group');
  });

  test('diff of a payload that was not sent says so', async () => {
    await expect(script(two, service.target, ['diff 2'])).rejects.toThrow(/not sent/);
  });
});
