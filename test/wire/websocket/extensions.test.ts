import { describe, expect, it } from 'vitest';
import { agreedExtensions } from '../../../wire/websocket/extensions.ts';

const agreed = (...values: string[]) =>
  agreedExtensions(values.map((value) => ['Sec-WebSocket-Extensions', value] as const));
const all = { takeover: true, windowBits: 15 };

describe('the extensions that a 101 agrees to', () => {
  it('are none where the head names none', () => {
    expect(agreed()).toEqual({});
    expect(agreed('')).toEqual({});
  });

  it('are permessage-deflate with its parameters, by the side that they bind', () => {
    expect(agreed('permessage-deflate')).toEqual({ deflate: { client: all, service: all } });
    expect(agreed('permessage-deflate; server_no_context_takeover; client_max_window_bits=10')).toEqual({
      deflate: { client: { takeover: true, windowBits: 10 }, service: { takeover: false, windowBits: 15 } },
    });
    expect(agreed('permessage-deflate;client_no_context_takeover;server_max_window_bits="8"')).toEqual({
      deflate: { client: { takeover: false, windowBits: 15 }, service: { takeover: true, windowBits: 8 } },
    });
  });

  it.each([
    'x-webkit-deflate-frame',
    'permessage-deflate, permessage-deflate',
    'permessage-deflate; server_max_window_bits=7',
    'permessage-deflate; server_max_window_bits=16',
    'permessage-deflate; client_max_window_bits',
    'permessage-deflate; server_no_context_takeover=1',
    'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
    'permessage-deflate; other',
  ])('are unknown with %s', (value) => {
    expect(agreed(value)).toBeUndefined();
  });
});
