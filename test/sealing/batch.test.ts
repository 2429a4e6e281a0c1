import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DvrError } from '../../errors/index.ts';
import {
  BatchOpener,
  BatchSealer,
  generateKeyPair,
  parseOpeningKey,
  parseSealingKey,
  readBatchLabel,
} from '../../sealing/index.ts';
import { runs } from '../properties.ts';

const stream = '{shop/tunnel/pod-1}:segments';

function world() {
  const pem = generateKeyPair();
  const clock = { now: 0 };
  const sealer = new BatchSealer(stream, parseSealingKey(pem.publicPem, 'a.pub'), () => clock.now);
  const opener = new BatchOpener(parseOpeningKey(pem.privatePem, 'a.key'));
  const seal = (text: string): Buffer => Buffer.concat(sealer.seal([Buffer.from(text)]).parts);
  return { clock, sealer, opener, seal };
}

function code(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof DvrError) return error.code;
    throw error;
  }
  return 'opened';
}

describe('a sealed batch', () => {
  test('opens to the bytes that its pieces made, with instance and sequence', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (pieces) => {
        const { sealer, opener } = world();
        const sealed = sealer.seal(pieces);
        const bytes = Buffer.concat(sealed.parts);
        expect(bytes.length).toBe(sealed.bytes);
        const opened = opener.open(bytes, stream);
        expect(opened.bytes.equals(Buffer.concat(pieces))).toBe(true);
        expect(opened.instance).toBe(sealer.instance);
        expect(opened.sequence).toBe(1);
      }),
      runs(30),
    );
  });

  test('counts its sequence from 1 without holes', () => {
    const { seal } = world();
    expect(['a', 'b', 'c'].map((text) => readBatchLabel(seal(text)).sequence)).toEqual([1, 2, 3]);
  });

  test('keeps its key for a minute and then takes a new one', () => {
    const { clock, seal, opener } = world();
    const ephemeral = (sealed: Buffer): string => sealed.toString('hex', 13, 45);
    const first = seal('a');
    clock.now = 59_999;
    const second = seal('b');
    clock.now = 60_000;
    const third = seal('c');
    expect(ephemeral(second)).toBe(ephemeral(first));
    expect(ephemeral(third)).not.toBe(ephemeral(first));
    expect([first, second, third].map((sealed) => opener.open(sealed, stream).bytes.toString())).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  test('never shows its text, and seals equal texts differently', () => {
    const { seal } = world();
    const [one, two] = [seal('canary canary canary'), seal('canary canary canary')];
    expect(one.includes('canary')).toBe(false);
    expect(one.subarray(61).equals(two.subarray(61))).toBe(false);
  });

  test('does not open as part of another stream', () => {
    const { seal, opener } = world();
    expect(code(() => opener.open(seal('a'), '{shop/tunnel/pod-2}:segments'))).toBe('sealed-unreadable');
  });

  test('does not open under another sequence, with its own wrapped key or with that of the other', () => {
    const { seal, opener } = world();
    const [one, two] = [seal('one'), seal('two')];
    const renumbered = Buffer.from(one);
    two.copy(renumbered, 53, 53, 61);
    expect(code(() => opener.open(renumbered, stream))).toBe('sealed-unreadable');
    two.copy(renumbered, 61, 61, 109);
    expect(code(() => opener.open(renumbered, stream))).toBe('sealed-unreadable');
  });

  test('does not open with another key, and says that this is why', () => {
    const { seal } = world();
    const other = world().opener;
    expect(() => other.open(seal('a'), stream)).toThrow(/another key/);
    expect(code(() => other.open(seal('a'), stream))).toBe('sealed-unreadable');
  });

  test('does not open when truncated at any length', () => {
    const { seal, opener } = world();
    const sealed = seal('a batch');
    for (let length = 0; length < sealed.length; length++) {
      expect(code(() => opener.open(sealed.subarray(0, length), stream))).toBe('sealed-unreadable');
    }
  });

  test('does not open when any one bit differs', () => {
    const { seal, opener } = world();
    const sealed = seal('batch');
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(code(() => opener.open(changed, stream))).toBe('sealed-unreadable');
    }
  });

  test('of a newer format is refused with its number', () => {
    const { seal, opener } = world();
    const newer = seal('a');
    newer[4] = 2;
    expect(() => opener.open(newer, stream)).toThrow(/format 2/);
  });

  test('opens after more keys than the opener keeps', () => {
    const { clock, seal, opener } = world();
    const first = seal('first');
    opener.open(first, stream);
    for (let minute = 1; minute <= 1100; minute++) {
      clock.now = minute * 60_000;
      opener.open(seal('x'), stream);
    }
    expect(opener.open(first, stream).bytes.toString()).toBe('first');
  });
});
