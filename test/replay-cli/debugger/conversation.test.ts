import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { conversationExchange } from '../../tape/make-conversation.ts';
import { targetAt } from '../engine/service-under-test.ts';
import { script } from './stepping.ts';

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
        '[Received] 101 Switching Protocols',
        '',
      ].join('\n'),
    );
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
        '[Received] 101 Switching Protocols',
        '',
      ].join('\n'),
    );
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
