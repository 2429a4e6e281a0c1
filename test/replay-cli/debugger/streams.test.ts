import { describe, expect, it } from 'vitest';
import type { ScrubbedExchange } from '../../../tape/scrubbed.ts';
import { streamExchange } from '../../tape/make-stream.ts';
import { sketchExchange } from '../../tape/make-tape.ts';
import { type CallSketch, callExchange } from '../engine/client/grpc/call-sketch.ts';
import { type Answer, fail, serveGrpc } from '../engine/client/grpc/grpc-service.ts';
import { afterEnd, serveHttp2 } from '../engine/client/http2/http2-service.ts';
import { script, stepping } from './stepping.ts';

const path = '/shop.v1.Carts/Add';

/** A message whose field 1 is this text, as protobuf writes it. */
const text = (value: string): Uint8Array =>
  Buffer.concat([Buffer.from([0x0a, value.length]), Buffer.from(value)]);

const echo: Answer = ({ call }) => {
  call.on('data', (message: Buffer) => call.write(message));
  call.on('end', () => call.end());
};

/** Two messages, each answered, and the client's end behind the second answer. */
const conversation: CallSketch = {
  start: 0,
  sent: [
    [0, text('A1')],
    [20, text('B2')],
  ],
  requestEnd: 40,
  responseStart: 8,
  received: [
    [10, text('A1')],
    [30, text('B2')],
  ],
  end: 45,
};

describe('next', () => {
  it('tells the messages of a call and its status', async () => {
    await using service = await serveGrpc({ [path]: echo });
    const printed = await script([callExchange(conversation)], service.target, ['next']);
    expect(printed).toBe(
      [
        'dvr> next',
        `[Sent] POST ${path} (Payload ID: 1)`,
        '  → {"1":"A1"}',
        '  ← {"1":"A1"}',
        '  → {"1":"B2"}',
        '  ← {"1":"B2"}',
        '[Received] OK (0)',
        '',
      ].join('\n'),
    );
  });

  it('tells a status that is a failure with its message', async () => {
    await using service = await serveGrpc({
      [path]: (seen) => {
        seen.call.once('data', () => fail(seen, 13, 'no stock'));
      },
    });
    const printed = await script(
      [callExchange({ start: 0, sent: [[0, text('A1')]], code: 13, end: 5 })],
      service.target,
      ['next'],
    );
    expect(printed).toContain('[Received] INTERNAL (13): no stock\n');
  });

  it('tells an answer of HTTP/2 by the usual words, and a reset by its code', async () => {
    await using service = await serveHttp2((seen, at) => {
      if (at === '/reset') seen.stream.close(11);
      else afterEnd(seen, () => seen.stream.respond({ ':status': 200 }, { endStream: true }));
    });
    const fields = [[':scheme', 'http']] as const;
    const printed = await script(
      [
        streamExchange({ start: 0, fields, target: '/ok' }),
        streamExchange({ start: 10, stream: 3, fields, target: '/reset' }),
      ],
      service.target,
      ['next', 'next'],
    );
    expect(printed).toContain('[Received] 200 OK\n');
    expect(printed).toContain('[Failed] the service reset the stream with ENHANCE_YOUR_CALM (11)\n');
  });

  it('sends no deadline, which would pass while the service stands at a breakpoint', async () => {
    await using service = await serveGrpc({ [path]: echo });
    const call = callExchange({
      start: 0,
      sent: [[0, text('A1')]],
      metadata: [['grpc-timeout', '200m']],
      end: 5,
    });
    const printed = await script([call], service.target, ['next', 'show 1']);
    expect(service.calls[0]?.metadata.get('grpc-timeout')).toEqual([]);
    expect(printed).toContain(
      'replaced header grpc-timeout: 200m → (left out) (step mode waits as long as you do)',
    );
  });
});

describe('show', () => {
  it('tells why a call went as recorded bytes', async () => {
    await using service = await serveHttp2((seen) =>
      afterEnd(seen, () =>
        seen.stream.respond(
          { ':status': 200, 'content-type': 'application/grpc+json', 'grpc-status': 0 },
          { endStream: true },
        ),
      ),
    );
    const call = callExchange({
      start: 0,
      sent: [[0, '{"sku":"A1"}']],
      contentType: 'application/grpc+json',
      end: 5,
    });
    const printed = await script([call], service.target, ['next', 'show 1']);
    expect(printed).toContain('  → {"sku":"A1"}\n[Received] OK (0)\n');
    expect(printed).toContain(
      'sent as recorded bytes, not by grpc-js: its messages are application/grpc+json',
    );
  });
});

describe('next message', () => {
  it('sends one message and waits for what came back upon it', async () => {
    await using service = await serveGrpc({ [path]: echo });
    const session = await stepping([callExchange(conversation)], service.target);
    session.type('next message');
    await session.saw('  ← {"1":"A1"}');
    expect(service.calls[0]?.messages).toHaveLength(1);
    session.type('next message');
    await session.saw('  ← {"1":"B2"}');
    expect(service.calls[0]?.endedAt).toBeUndefined();
    session.type('next message');
    await session.saw('[Received] OK (0)');
    expect(await session.end()).toBe(
      [
        'dvr> next message',
        `[Sent] POST ${path} (Payload ID: 1)`,
        '  → {"1":"A1"}',
        '  ← {"1":"A1"}',
        'dvr> next message',
        '  → {"1":"B2"}',
        '  ← {"1":"B2"}',
        'dvr> next message',
        '  → [end]',
        '[Received] OK (0)',
        '',
      ].join('\n'),
    );
  });

  it('sends several with a count, and goes on with the next payload behind the last', async () => {
    await using service = await serveGrpc({ [path]: echo });
    const printed = await script(
      [callExchange(conversation), callExchange({ ...conversation, stream: 3 })],
      service.target,
      ['next message 4'],
    );
    expect(printed.match(/\[Sent\]/g)).toHaveLength(2);
    expect(printed.match(/→ \{/g)).toHaveLength(3);
    expect(printed).toContain('[Received] OK (0)\n');
  });

  it('ends with the answer where the service ends the call before', async () => {
    await using service = await serveGrpc({
      [path]: (seen) => {
        seen.call.once('data', () => fail(seen, 9, 'cart is closed'));
      },
    });
    const printed = await script([callExchange(conversation)], service.target, [
      'next message',
      'next message',
    ]);
    expect(printed).toContain('[Received] FAILED_PRECONDITION (9): cart is closed');
    expect(printed).toContain('[End of tape]');
  });

  it('leaves a stream held while other payloads are sent, and continue lets it go on', async () => {
    await using service = await serveGrpc({ [path]: echo, '/shop.v1.Carts/Get': echo });
    const get = callExchange({
      ...conversation,
      start: 60,
      stream: 3,
      target: '/shop.v1.Carts/Get',
      sent: [[60, text('C3')]],
      requestEnd: 60,
      responseStart: 64,
      received: [[65, text('C3')]],
      end: 70,
    });
    const printed = await script([callExchange(conversation), get], service.target, [
      'next message',
      'next',
      'continue',
    ]);
    const lines = printed.split('\n');
    expect(lines).toContain('  → {"1":"C3"} (Payload ID: 2)');
    expect(lines).toContain('[Received] OK (0) (Payload ID: 2)');
    expect(lines.indexOf('dvr> continue')).toBeLessThan(lines.indexOf('  → {"1":"B2"}'));
    expect(lines).toContain('[End of tape]');
  });

  it.each([
    ['back', 'dvr> back'],
    ['goto 1', 'dvr> goto 1'],
  ])('%s gives the held stream up and says so, and what is sent again is alone', async (line, prompt) => {
    await using service = await serveGrpc({ [path]: echo });
    const session = await stepping([callExchange(conversation)], service.target);
    session.type('next message');
    await session.saw('  ← {"1":"A1"}');
    session.type(line);
    session.type('next');
    await session.saw('[Received] OK (0)');
    const printed = await session.end();
    const lines = printed.split('\n');
    expect(lines.slice(lines.indexOf(prompt), lines.indexOf(prompt) + 2)).toEqual([
      prompt,
      '[Cancelled] the stream that was stepped through (Payload ID: 1)',
    ]);
    expect(printed).not.toContain('[Failed]');
    expect(service.calls).toHaveLength(2);
    expect(service.calls[0]?.cancelledAt).toBeDefined();
    expect(service.calls.map(({ messages }) => messages.length)).toEqual([1, 2]);
  });

  it('goto a payload behind it leaves the stream held', async () => {
    await using service = await serveGrpc({ [path]: echo });
    const calls = [conversation, { ...conversation, start: 60, stream: 3, sent: [], received: [] }];
    const session = await stepping(calls.map(callExchange), service.target);
    session.type('next message');
    await session.saw('  ← {"1":"A1"}');
    session.type('goto 2');
    session.type('next message 2');
    await session.saw('[Received] OK (0)');
    expect(await session.end()).not.toContain('[Cancelled]');
    expect(service.calls).toHaveLength(1);
  });

  it('restart ends the held stream as dropped', async () => {
    await using service = await serveGrpc({ [path]: echo });
    const session = await stepping([callExchange(conversation)], service.target);
    session.type('next message');
    await session.saw('  ← {"1":"A1"}');
    session.type('restart');
    await session.saw('[Failed] given up, since a new pass began');
    await session.end();
    expect(service.calls[0]?.cancelledAt).toBeDefined();
  });

  it('sends a payload that is no stream as next does', async () => {
    await using service = await serveHttp2((seen) =>
      afterEnd(seen, () => seen.stream.respond({ ':status': 204 }, { endStream: true })),
    );
    const printed = await script(
      [streamExchange({ start: 0, fields: [[':scheme', 'http']] })],
      service.target,
      ['next message'],
    );
    expect(printed).toContain('[Received] 204 No Content');
  });

  it('refuses what is no count', async () => {
    await using service = await serveGrpc({ [path]: echo });
    await expect(
      script([callExchange(conversation)], service.target, ['next message soon']),
    ).rejects.toMatchObject({
      hint: 'Write: next message [N]',
    });
  });
});

describe('with --json', () => {
  it('a call ends with its code, a reset stream with that of the reset', async () => {
    await using service = await serveHttp2((seen, at) => {
      if (at.endsWith('Reset')) seen.stream.close(11);
      else
        seen.stream.respond(
          { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': 9, 'grpc-message': 'shut' },
          { endStream: true },
        );
    });
    const call: CallSketch = { start: 0, sent: [[0, text('A1')]], end: 5 };
    const reset = { ...call, start: 20, stream: 3, target: '/shop.v1.Carts/Reset' };
    const printed = await script([call, reset].map(callExchange), service.target, ['next 2'], { json: true });
    const events = printed.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
    const of = (name: string) => events.find(({ event }) => event === name);
    expect(of('received')).toMatchObject({
      status: 200,
      call: { code: 9, name: 'FAILED_PRECONDITION', message: 'shut' },
    });
    expect(of('failed')).toMatchObject({ payload: 2, failure: 'rst', rst: 11 });
  });

  it('messages are events, and a held stream says what is left', async () => {
    await using service = await serveGrpc({ [path]: echo });
    const printed = await script([callExchange(conversation)], service.target, ['next message'], {
      json: true,
    });
    const events = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).toEqual(['command', 'sent', 'message', 'message', 'held']);
    expect(events[2]).toEqual({
      event: 'message',
      payload: 1,
      from: 'client',
      number: 1,
      after_ms: expect.any(Number),
      bytes: 4,
      content: { 1: 'A1' },
    });
    expect(events[3]).toMatchObject({ from: 'service', number: 1, content: { 1: 'A1' } });
    expect(events[4]).toEqual({ event: 'held', payload: 1, left: 1 });
  });
});

it('messages of a call over HTTP/1.1 are told with its body', async () => {
  const message = Buffer.concat([Buffer.from([0, 0, 0, 0, 4]), text('A1')]);
  const end = Buffer.from('grpc-status:0\r\n');
  const frame = Buffer.concat([Buffer.from([0x80, 0, 0, 0, end.length]), end]);
  const type = 'application/grpc-web+proto';
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-type', type);
      response.end(Buffer.concat([message, frame]));
    });
  });
  const { listenOnLoopback } = await import('../engine/service-under-test.ts');
  const target = await listenOnLoopback(server);
  const exchange: ScrubbedExchange = sketchExchange({
    start: 0,
    method: 'POST',
    target: path,
    fields: [
      ['Host', 'a'],
      ['Content-Type', type],
      ['Content-Length', `${message.length}`],
    ],
    body: message,
    responseFields: [['Content-Type', type]],
    responseBody: Buffer.concat([message, frame]),
  });
  const printed = await script([exchange], target, ['next']);
  server.close();
  expect(printed).toContain('  → {"1":"A1"}\n  ← {"1":"A1"}\n[Received] OK (0)\n');
});
