import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../../wire/websocket/encode-frame.ts';
import type { FrameHead } from '../../../wire/websocket/frame.ts';
import { FrameScanner, type WebSocketSender } from '../../../wire/websocket/frame-scanner.ts';

const mask = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

function scan(sender: WebSocketSender, bytes: Uint8Array, { step = bytes.length, mayCompress = false } = {}) {
  const ends: string[] = [];
  let opaque = false;
  const name = ({ opcode, fin, length }: FrameHead): string => `${opcode}${fin ? '.' : ''} ${length}`;
  const scanner = new FrameScanner(
    sender,
    { onFrame: () => {}, onFrameEnd: (frame) => ends.push(name(frame)), onOpaque: () => (opaque = true) },
    mayCompress,
  );
  for (let at = 0; at < bytes.length; at += step) scanner.push(bytes, at, Math.min(bytes.length, at + step));
  return { ends, opaque, scanner };
}

describe('frames', () => {
  it('of the examples in RFC 6455 section 5.7 are found, byte by byte too', () => {
    const unmasked = hex('8105 48656c6c6f 0103 48656c 8002 6c6f 8905 48656c6c6f');
    const masked = hex('8185 37fa213d 7f9f4d5158 8a85 37fa213d 7f9f4d5158');
    const long = Buffer.concat([
      hex('827e0100'),
      Buffer.alloc(256),
      hex('827f0000000000010000'),
      Buffer.alloc(65_536),
    ]);
    for (const step of [1, 2, 1 << 20]) {
      expect(scan('service', unmasked, { step }).ends).toEqual(['1. 5', '1 3', '0. 2', '9. 5']);
      expect(scan('client', masked, { step }).ends).toEqual(['1. 5', '10. 5']);
      expect(scan('service', long, { step }).ends).toEqual(['2. 256', '2. 65536']);
    }
  });

  it('of any size are found as they were encoded', () => {
    const sizes = fc.oneof(fc.nat(300), fc.constantFrom(125, 126, 65_535, 65_536, 70_000));
    fc.assert(
      fc.property(
        fc.array(sizes, { maxLength: 6 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 5000 }),
        (all, client, step) => {
          const frames = all.map((size) =>
            encodeFrame({
              opcode: 2,
              fin: true,
              payload: Buffer.alloc(size, 7),
              ...(client ? { mask } : {}),
            }),
          );
          const found = scan(client ? 'client' : 'service', Buffer.concat(frames), { step });
          expect(found.ends).toEqual(all.map((size) => `2. ${size}`));
          expect(found.opaque).toBe(false);
          expect(found.scanner.inMessage).toBe(false);
        },
      ),
    );
  });

  it('may stand alone between the fragments of a message where they are control frames', () => {
    const bytes = hex('0101 61 8900 8001 62');
    expect(scan('service', bytes).ends).toEqual(['1 1', '9. 0', '0. 1']);
  });

  it.each<[string, WebSocketSender, string, boolean?]>([
    ['a reserved bit', 'service', 'a100', true],
    ['RSV1 where no compression was agreed on', 'service', 'c100'],
    ['RSV1 on a continuation', 'service', '410161 c000', true],
    ['RSV1 on a control frame', 'service', 'c900', true],
    ['a reserved opcode', 'service', '8300'],
    ['a reserved control opcode', 'service', '8b00'],
    ['a mask of the service', 'service', '8180 00000000'],
    ['no mask of the client', 'client', '8100'],
    ['a control frame in fragments', 'service', '0900'],
    ['a control frame of more than 125 bytes', 'service', '897e 007e'],
    ['a continuation of nothing', 'service', '8000'],
    ['a message within a message', 'service', '0100 8100'],
    ['a length of 16 bits that needs 7', 'service', '817e 007d'],
    ['a length of 64 bits that needs 16', 'service', '817f 000000000000ffff'],
    ['a negative length', 'service', '817f 8000000000000000'],
  ])('with %s are none', (_, sender, text, mayCompress = false) => {
    for (const step of [1, 100]) {
      const found = scan(sender, Buffer.concat([hex(text), hex('8100')]), { step, mayCompress });
      expect(found.opaque).toBe(true);
      expect(found.ends.filter((end) => end === '1. 0')).toEqual([]);
    }
  });

  it('never make the scanner throw, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        (bytes, client, step) => {
          const whole = scan(client ? 'client' : 'service', bytes, { mayCompress: true });
          const cut = scan(client ? 'client' : 'service', bytes, { step, mayCompress: true });
          expect([cut.ends, cut.opaque]).toEqual([whole.ends, whole.opaque]);
        },
      ),
      { numRuns: 500 },
    );
  });
});
