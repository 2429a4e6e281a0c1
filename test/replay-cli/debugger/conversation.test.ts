import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { conversationExchange } from '../../tape/make-conversation.ts';
import { targetAt } from '../engine/service-under-test.ts';
import { script, stepping } from './stepping.ts';

let server: WebSocketServer;
afterEach(() => {
  for (const socket of server.clients) socket.terminate();
  server.close();
});

async function serve(answer: (socket: WebSocket, text: string) => void) {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => socket.on('message', (data) => answer(socket, String(data))));
  await once(server, 'listening');
  return targetAt((server.address() as AddressInfo).port);
}

const talk = {
  start: 0,
  client: [
    { at: 5, text: '{ "say": "hi" }' },
    { at: 20, text: 'break' },
  ],
  service: [
    { at: 8, text: '{"said":"hi"}' },
    { at: 25, close: 1011, text: 'broken' },
  ],
};
const answer = (socket: WebSocket, text: string): void => {
  if (text === 'break') socket.close(1011, 'broken');
  else socket.send('{"said":"hi"}');
};

describe('stepping through a WebSocket', () => {
  it('tells a line for each message, and how it was closed', async () => {
    const target = await serve(answer);
    expect(await script([conversationExchange(talk)], target, ['next'])).toBe(
      [
        'dvr> next',
        '[Sent] GET /chat (Payload ID: 1)',
        '  → {"say":"hi"}',
        '  ← {"said":"hi"}',
        '  → break',
        '  ← close 1011: broken',
        '  → close 1011',
        '[Received] 101 Switching Protocols, closed 1011 internal error: broken',
        '',
      ].join('\n'),
    );
  });

  it('is told and listed by how it was closed, the reason once where it is the name of the code', async () => {
    const target = await serve((socket, text) => {
      if (text === 'break') socket.close(1011, 'internal error');
      else socket.send('{"said":"hi"}');
    });
    const printed = await script([conversationExchange(talk)], target, ['next', 'list', 'timeline']);
    expect(printed).toContain('[Received] 101 Switching Protocols, closed 1011 internal error\n');
    expect(printed).toMatch(/ GET \/chat {2}closed 1011 → closed 1011\n/);
    expect(printed).toMatch(/ GET \/chat closed 1011 │/);
  });

  it('lets its messages go one by one', async () => {
    const target = await serve(answer);
    const printed = await script([conversationExchange(talk)], target, ['next message', 'next message']);
    expect(printed).toBe(
      [
        'dvr> next message',
        '[Sent] GET /chat (Payload ID: 1)',
        '  → {"say":"hi"}',
        '  ← {"said":"hi"}',
        'dvr> next message',
        '  → break',
        '  ← close 1011: broken',
        '  → close 1011',
        '[Received] 101 Switching Protocols, closed 1011 internal error: broken',
        '',
      ].join('\n'),
    );
  });

  it('says of one that is open longer than on the tape that it is, without a guess', async () => {
    const target = await serve(() => {});
    const session = await stepping([conversationExchange(talk)], target);
    session.type('next message');
    await session.saw(
      '[Goes on] it is open, and ended after 0.0 s when it was recorded (Payload ID: 1 is in flight)\n',
    );
    session.type('continue');
    session.abort();
    expect(await session.end()).not.toContain('No answer yet');
  });

  it('says of one that is open at the end of the tape that it goes on', async () => {
    const target = await serve(() => {});
    const open = { start: 0, open: true, failure: 'in_flight', client: [{ at: 5, text: 'hi' }] } as const;
    const service = [{ at: 8, text: 'never comes' }];
    const printed = await script([conversationExchange({ ...open, service })], target, ['next', 'quit']);
    expect(printed).toContain('[Goes on] it has no end on the tape either (Payload ID: 1 is in flight)\n');
    expect(printed).not.toContain('No answer yet');
  });
});
