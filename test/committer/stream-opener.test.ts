import { describe, expect, test } from 'vitest';
import { StreamOpener } from '../../committer/stream-opener.ts';
import { BatchWriter } from '../../ledger/batch/batch-writer.ts';
import type { BatchEntry } from '../../ledger/port.ts';
import {
  BatchOpener,
  BatchSealer,
  generateKeyPair,
  parseOpeningKey,
  parseSealingKey,
} from '../../sealing/index.ts';

const stream = '{shop/qa/shop-1}:segments';
const pair = generateKeyPair();
const windowStart = 100_000;

/** An interceptor process that began at a moment of the ledger's clock (milliseconds). */
function processFrom(beganAt: number) {
  const sealer = new BatchSealer(stream, parseSealingKey(pair.publicPem, 'test'));
  const writer = new BatchWriter(sealer.instance, 'shop:8080');
  return {
    instance: sealer.instance,
    batch(at: number, change: Partial<BatchEntry> = {}, isLast = false): BatchEntry {
      const time = (at - beganAt) * 1e6;
      writer.begin(Buffer.alloc(4096), time, at);
      writer.open(1, time, '10.0.0.9:4000', '10.0.0.1:8080');
      if (isLast) writer.closed(0, time);
      const sealed = Buffer.concat(sealer.seal(writer.pieces()).parts);
      return { entryId: `${at}-0`, takenAt: at, trimmedTo: 0, sealed, ...change };
    },
  };
}

function open(entries: readonly BatchEntry[], silent = false) {
  const key = parseOpeningKey(pair.privatePem, 'test');
  const opener = new StreamOpener(new BatchOpener(key), stream, windowStart, silent);
  const opened = entries.flatMap((entry) => opener.open(entry) ?? []);
  opener.end();
  return {
    holes: opened.map(({ hole }) => hole),
    died: opened.map(({ died }) => died),
    losses: opener.losses,
  };
}
const whole = { unsealable: 0, missing: 0, overtaken: 0, evicted: false, died: 0 };

describe('the batches of a stream', () => {
  test('of a process that began in the window are missing from its first one on', () => {
    const shop = processFrom(120_000);
    const [, , third] = [121_000, 122_000, 123_000].map((at) => shop.batch(at));
    const { holes, losses } = open([third!]);
    expect(holes).toEqual(['ledger_overload']);
    expect(losses).toEqual({ ...whole, missing: 2 });
  });

  test('of a process that began before the window are not missing before it', () => {
    const shop = processFrom(50_000);
    shop.batch(60_000);
    expect(open([shop.batch(101_000), shop.batch(102_000)]).losses).toEqual(whole);
  });

  test('tell of an interceptor that died, and of what its successor lost', () => {
    const [first, second] = [processFrom(50_000), processFrom(130_000)];
    const before = [first.batch(110_000), first.batch(120_000)];
    for (const at of [131_000, 132_000, 133_000]) second.batch(at);
    const { holes, died, losses } = open([...before, second.batch(134_000), second.batch(135_000)]);
    expect(holes).toEqual([undefined, undefined, 'ledger_overload', undefined]);
    expect(died).toEqual([[], [], [first.instance], []]);
    expect(losses).toEqual({ ...whole, missing: 3, died: 1 });
  });

  test('tell of an interceptor that nobody followed, once it was not heard of any more', () => {
    const shop = processFrom(50_000);
    const batches = [shop.batch(110_000), shop.batch(120_000)];
    expect(open(batches).losses).toEqual(whole);
    expect(open(batches, true).losses).toEqual({ ...whole, died: 1 });
    expect(open([...batches, shop.batch(130_000, {}, true)], true).losses).toEqual(whole);
  });

  test('tell of no death where the interceptor said that it ends', () => {
    const [first, second] = [processFrom(50_000), processFrom(130_000)];
    expect(open([first.batch(120_000, {}, true), second.batch(131_000)]).losses).toEqual(whole);
  });

  test('tell of no death where two write at once', () => {
    const [one, two] = [processFrom(50_000), processFrom(60_000)];
    one.batch(70_000);
    two.batch(70_000);
    expect(open([one.batch(120_000), two.batch(121_000), one.batch(122_000)]).losses).toEqual(whole);
  });

  test('trimmed past the end of the hold copy are evicted, and those that never came are not', () => {
    const shop = processFrom(50_000);
    const entries = [110, 111, 112, 113, 114, 115, 116].map((at) => shop.batch(at * 1000));
    const { holes, losses } = open([
      entries[0]!,
      { ...entries[3]!, behindCut: true },
      entries[4]!,
      entries[6]!,
    ]);
    expect(holes).toEqual([undefined, 'evicted', undefined, 'ledger_overload']);
    expect(losses).toEqual({ ...whole, overtaken: 2, missing: 1 });
  });
});
