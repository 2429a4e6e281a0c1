import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeState, encodeState, type WebSocketState } from '../../../wire/websocket/state.ts';

const terms = fc.record({ takeover: fc.boolean(), windowBits: fc.integer({ min: 8, max: 15 }) });
const sender = fc.record({
  offset: fc.maxSafeNat(),
  frames: fc.record({
    head: fc.uint8Array({ maxLength: 14 }),
    left: fc.maxSafeNat(),
    open: fc.constantFrom(0, 1, 2),
    compressed: fc.boolean(),
  }),
});
const states: fc.Arbitrary<WebSocketState> = fc.record({
  message: fc.nat(),
  method: fc.constantFrom('GET', 'CONNECT'),
  target: fc.string({ maxLength: 50 }).map((text) => `/${Buffer.from(text).toString('latin1')}`),
  agreed: fc.oneof(fc.constant({}), fc.record({ deflate: fc.record({ client: terms, service: terms }) })),
  client: sender,
  service: sender,
});

describe('a state', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(states, (state) => {
        const bytes = encodeState(state);
        const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
        expect(plain(decodeState(bytes))).toEqual(plain(withBuffers(state)));
      }),
    );
  });

  it('is small: under 100 bytes beside method and target', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(encodeState(state).length - state.method.length - state.target.length).toBeLessThan(100);
      }),
    );
  });

  it('of which bytes are missing, or of another version, is none', () => {
    const [state] = fc.sample(states, 1);
    if (state === undefined) throw new Error('no sample');
    const bytes = encodeState(state);
    for (let end = 0; end < bytes.length; end++) expect(decodeState(bytes.subarray(0, end))).toBeUndefined();
    expect(decodeState(Uint8Array.of(9, ...bytes.subarray(1)))).toBeUndefined();
  });
});

function withBuffers({ client, service, ...rest }: WebSocketState) {
  const heads = ({ offset, frames }: WebSocketState['client']) => ({
    offset,
    frames: { ...frames, head: Buffer.from(frames.head) },
  });
  return { ...rest, client: heads(client), service: heads(service) };
}
