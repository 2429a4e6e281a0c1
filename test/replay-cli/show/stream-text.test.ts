import { expect, test } from 'vitest';
import { payloadJson } from '../../../replay-cli/show/payload-json.ts';
import { payloadText } from '../../../replay-cli/show/payload-text.ts';
import { conversationExchange } from '../../tape/make-conversation.ts';
import { sketchExchange } from '../../tape/make-tape.ts';
import { noViews } from '../calls.ts';

const plain = (_: string, text: string): string => text;

const conversation = conversationExchange({
  start: 0,
  client: [
    { at: 5, text: '{ "say": "hi" }' },
    { at: 6, opcode: 9, text: '' },
    { at: 9, text: 'cut', lost: { bytes: 4, cause: 'body_limit' } },
  ],
  service: [
    { at: 7, opcode: 10 },
    { at: 8, opcode: 2, text: Buffer.from([255, 0]) },
    { at: 10, close: 1011, text: 'no room' },
  ],
});

test('a WebSocket shows its heads, and a line for each message of both sides in their order', () => {
  const text = payloadText(conversation, plain, noViews);
  expect(text).toContain('▶ GET /chat HTTP/1.1');
  expect(text).toContain('[18 B; in 3 frames]');
  expect(text).toContain(
    [
      '  → {"say":"hi"}  at 5.0 ms',
      '  → ping  at 6.0 ms',
      '  ← [2 bytes]  at 8.0 ms',
      '  → cut [cut off]  at 9.0 ms',
      '  ← close 1011: no room  at 10.0 ms',
    ].join('\n'),
  );
});

test('a message of which nothing could be kept is told as dropped, not as cut off', () => {
  const lost = { bytes: 9, cause: 'unreadable' } as const;
  const item = conversationExchange({ start: 0, client: [{ at: 5, text: '', lost }], service: [] });
  const text = payloadText(item, plain, noViews);
  expect(text).toMatch(/ {2}→ .*\[dropped: cannot be read\] {2}at 5.0 ms/);
  expect(text).not.toContain('cut off');
  expect(payloadJson(item, noViews)).toMatchObject({ messages: [{ dropped: true }] });
});

test('a stream of events shows a line for each', () => {
  const item = sketchExchange({
    start: 0,
    end: 12,
    responseFields: [['Content-Type', 'text/event-stream']],
    responseBody: 'data: {"n":1}\n\nevent: tick\ndata: a\u001b[31m\n\ndata: unfinished',
  });
  expect(payloadText(item, plain, noViews)).toContain(
    '  ← {"n":1}  at 12.0 ms\n  ← tick: a\\x1b[31m  at 12.0 ms',
  );
});

test('for programs messages have their text, or base64 where they are none', () => {
  expect(payloadJson(conversation, noViews)).toMatchObject({
    messages: [
      { from: 'client', at: 5e6, text: '{ "say": "hi" }' },
      { from: 'client', label: 'ping', text: '' },
      { from: 'service', base64: '/wA=' },
      { from: 'client', text: 'cut', cut: true },
      { from: 'service', label: 'close 1011', text: 'no room' },
    ],
  });
});
