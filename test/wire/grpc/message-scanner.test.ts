import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageScanner } from '../../../wire/grpc/message-scanner.ts';
import { writeFrame } from '../../../wire/grpc/messages.ts';

const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });

describe('the message scanner', () => {
  it('finds the borders of messages wherever chunks end', () => {
    fc.assert(
      fc.property(payloads, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (given, sizes) => {
        const bytes = Buffer.concat(given.map((payload) => writeFrame(0, payload)));
        const borders = new Set<number>();
        let border = 0;
        for (const payload of given) {
          borders.add(border);
          border += 5 + payload.length;
        }
        const scanner = new MessageScanner();
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const end = Math.min(at + (sizes[turn % sizes.length] ?? 1), bytes.length);
          const first = [...borders].find((one) => one >= at && one < end) ?? -1;
          expect(scanner.push(bytes, at, end)).toBe(first);
          at = end;
        }
        expect(scanner.messages).toBe(given.length);
        expect(scanner.atBorder).toBe(true);
      }),
    );
  });

  it('goes on from the position that another one stopped at', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), (given, cut) => {
        const bytes = Buffer.concat(given.map((payload) => writeFrame(1, payload)));
        const at = bytes.length === 0 ? 0 : cut % bytes.length;
        const first = new MessageScanner();
        first.push(bytes, 0, at);
        const second = new MessageScanner(first.position);
        second.push(bytes, at, bytes.length);
        expect(first.messages + second.messages).toBe(given.length);
        expect(second.atBorder).toBe(true);
      }),
    );
  });

  it('steps over payload that is not there to be read, and over nothing else', () => {
    const scanner = new MessageScanner();
    const frame = writeFrame(0, new Uint8Array(100));
    scanner.push(frame, 0, 20);
    expect(scanner.skip(86)).toBe(false);
    expect(scanner.skip(85)).toBe(true);
    expect([scanner.messages, scanner.atBorder]).toEqual([1, true]);
    expect(scanner.skip(1)).toBe(false);
  });

  it('counts a message of four gibibytes without holding it', () => {
    const scanner = new MessageScanner();
    scanner.push(Uint8Array.of(0, 0xff, 0xff, 0xff, 0xff), 0, 5);
    expect(scanner.position).toEqual({ prefix: 5, length: 2 ** 32 - 1 });
  });
});
