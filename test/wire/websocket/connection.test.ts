import { describe, expect, it } from 'vitest';
import { WebSocketConnection, type WebSocketSink } from '../../../wire/websocket/connection.ts';
import { agreedExtensions } from '../../../wire/websocket/extensions.ts';
import { converse } from './conversation.ts';

function listening() {
  const told: string[] = [];
  const sink: WebSocketSink = {
    onMessage: (sender) => told.push(`${sender} message`),
    onClose: (sender, code) => told.push(`${sender} close ${code}`),
    onOpaque: (sender) => told.push(`${sender} opaque`),
  };
  return { told, sink };
}

describe('an observer of both senders', () => {
  it('counts the messages and reads the close codes of what the ws package sends, byte by byte', async () => {
    const talk = await converse(
      {
        client: [{ send: 'one' }, { send: 'tw', fin: false }, { ping: 'between' }, { send: 'o' }],
        service: [{ send: Buffer.from('three') }],
      },
      { client: true, service: { threshold: 0 } },
    );
    const { told, sink } = listening();
    const connection = new WebSocketConnection(agreedExtensions(talk.response) ?? {}, sink);
    for (const sender of ['client', 'service'] as const) {
      const bytes = talk.sent[sender];
      for (let i = 0; i < bytes.length; i++) connection.push(sender, bytes, i, i + 1);
    }
    expect(told).toEqual([
      'client message',
      'client message',
      'client close 1000',
      'service message',
      'service close 1000',
    ]);
  });

  it('tells a close without a code as one', () => {
    const { told, sink } = listening();
    new WebSocketConnection({}, sink).push('service', Buffer.from('8800', 'hex'), 0, 2);
    expect(told).toEqual(['service close undefined']);
  });

  it('tells nothing of either sender once the bytes of one are no frames', () => {
    const { told, sink } = listening();
    const connection = new WebSocketConnection({}, sink);
    connection.push('client', Buffer.from('8100', 'hex'), 0, 2);
    connection.push('service', Buffer.from('8100', 'hex'), 0, 2);
    expect(told).toEqual(['client opaque']);
  });
});
