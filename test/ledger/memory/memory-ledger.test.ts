import { setTimeout as delay } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { MemoryLedger } from '../../../ledger/memory/memory-ledger.ts';
import { PortReader } from '../../../ledger/memory/port-reader.ts';
import { serveReader } from '../../../ledger/memory/serve-reader.ts';
import type { Claim, LedgerReader } from '../../../ledger/port.ts';
import { BatchSealer, generateKeyPair, parseSealingKey, readBatchLabel } from '../../../sealing/index.ts';

const tunnel = { namespace: 'local', tunnel: 'dvr' };
const owner = { ...tunnel, pod: 'one' };
const tapeId = 'tape-id-7889A-crash';
const never = new AbortController().signal;
const sealingKey = parseSealingKey(generateKeyPair().publicPem, 'test');

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

function direct(ledger: MemoryLedger): LedgerReader {
  return ledger.reader(tunnel);
}

/** The reader as a worker thread sees it. */
function acrossPort(ledger: MemoryLedger): LedgerReader {
  const { port1, port2 } = new MessageChannel();
  serveReader(port1, ledger.reader(tunnel));
  const reader = new PortReader(port2);
  open.push(reader);
  return reader;
}

function world(over: typeof direct, budget = 1e6) {
  const ledger = new MemoryLedger();
  const appender = ledger.appender(owner, budget, 60_000);
  const sealer = new BatchSealer(appender.stream, sealingKey);
  return {
    appender,
    reader: over(ledger),
    append: (bytes = 10): void => appender.append(sealer.seal([Buffer.alloc(bytes)])),
  };
}

async function sequences(claim: Claim, from = 0, to = Number.MAX_SAFE_INTEGER): Promise<number[]> {
  const found: number[] = [];
  for await (const entry of claim.read(owner, tapeId, from, to))
    found.push(readBatchLabel(entry.sealed).sequence);
  return found;
}

describe.each([
  ['in its own thread', direct],
  ['across a message port', acrossPort],
])('the memory ledger, read %s', (_, over) => {
  test('gives a claim once there is a request, and the batches that are held', async () => {
    const { appender, reader, append } = world(over);
    const waiting = reader.claim(never);
    append();
    append(3_000_000);
    appender.requestCommit(Buffer.from('sealed'));
    const claim = await waiting;
    expect(claim).toMatchObject({ attempt: 1, ledgerKey: '{local/dvr}:commits' });
    expect(Buffer.from(claim!.oldest.sealed).toString()).toBe('sealed');
    const before = await claim!.now();
    const [seen, ...others] = await claim!.owners(10_000);
    expect([seen, ...others]).toEqual([{ ...owner, seenAt: expect.any(Number) }]);
    expect(seen?.seenAt).toBeGreaterThanOrEqual(before);
    expect(await sequences(claim!)).toEqual([]);
    await claim!.hold(owner, tapeId);
    append();
    expect(await sequences(claim!)).toEqual([2]);
    await claim!.hold(owner, tapeId);
    append();
    expect(await sequences(claim!)).toEqual([2, 3]);
    expect(await sequences(claim!, 0, 1)).toEqual([]);
  });

  test('keeps a held batch that the budget puts out meanwhile', async () => {
    const { appender, reader, append } = world(over, 3000);
    append(1000);
    appender.requestCommit(Buffer.from('x'));
    const claim = await reader.claim(never);
    await claim!.hold(owner, tapeId);
    for (let i = 0; i < 5; i++) append(1000);
    await claim!.hold(owner, tapeId);
    const held = await sequences(claim!);
    expect(held[0]).toBe(1);
    expect(held.at(-1)).toBe(6);
    expect(new Set(held).size).toBe(held.length);
    const trimmed: number[] = [];
    for await (const entry of claim!.read(owner, tapeId, 0, Number.MAX_SAFE_INTEGER))
      trimmed.push(entry.trimmedTo);
    expect(trimmed[0]).toBe(0);
    expect(trimmed.at(-1)).toBeGreaterThan(0);
  });

  test('reserves for queued requests what the budget puts out, within a bound, until it is released', async () => {
    const { appender, reader, append } = world(over, 3000);
    append(1000);
    appender.requestCommit(Buffer.from('one'));
    const first = await reader.claim(never);
    await delay(20);
    append(1000);
    appender.requestCommit(Buffer.from('two'));
    await delay(20);
    appender.requestCommit(Buffer.from('three'));
    const queued = await first!.queued(10);
    expect(queued.map(({ sealed }) => Buffer.from(sealed).toString())).toEqual(['two', 'three']);
    expect(await first!.queued(10, queued[0]!.entryId)).toEqual(queued.slice(1));
    expect(await first!.reserve(owner, first!.oldest.takenAt + 1, 1e6)).toBe(true);
    for (let i = 0; i < 5; i++) append(1000);
    expect(await first!.reserve(owner, first!.oldest.takenAt + 1, 2_500)).toBe(false);
    await first!.acknowledge(await first!.joined(10));
    await first![Symbol.asyncDispose]();
    for (let i = 0; i < 5; i++) append(1000);
    const second = await reader.claim(never);
    await second!.hold(owner, tapeId);
    const held: [sequence: number, behindCut: boolean][] = [];
    for await (const { sealed, behindCut = false } of second!.read(owner, tapeId, 0, Number.MAX_SAFE_INTEGER))
      held.push([readBatchLabel(sealed).sequence, behindCut]);
    expect(held[0]).toEqual([2, false]);
    expect(held.at(-1)?.[0]).toBe(12);
    expect(held.filter(([, behindCut]) => behindCut)).toHaveLength(2);
    await second!.release(owner);
    await second!.hold(owner, 'tape-id-another-crash');
    const fresh = second!.read(owner, 'tape-id-another-crash', 0, Number.MAX_SAFE_INTEGER);
    for await (const { sealed } of fresh) {
      expect(readBatchLabel(sealed).sequence).toBeGreaterThan(8);
      break;
    }
  });

  test('gives a request again, with a higher fence and attempt, until it is acknowledged', async () => {
    const { appender, reader } = world(over);
    appender.requestCommit(Buffer.from('one'));
    appender.requestCommit(Buffer.from('two'));
    const first = await reader.claim(never);
    await first![Symbol.asyncDispose]();
    const second = await reader.claim(never);
    expect(second!.fence).toBeGreaterThan(first!.fence);
    expect(second!.attempt).toBe(2);
    const joined = await second!.joined(1000);
    expect(joined.map((request) => Buffer.from(request.sealed).toString())).toEqual(['one', 'two']);
    await second!.acknowledge(joined);
    await second![Symbol.asyncDispose]();
    expect(await reader.claim(AbortSignal.timeout(50))).toBeUndefined();
  });

  test('stops waiting when told to', async () => {
    const { reader } = world(over);
    const abort = new AbortController();
    const waiting = reader.claim(abort.signal);
    abort.abort();
    expect(await waiting).toBeUndefined();
    expect(await reader.claim(abort.signal)).toBeUndefined();
  });
});

test('a reader whose ledger goes away loses its claim', async () => {
  const ledger = new MemoryLedger();
  const { port1, port2 } = new MessageChannel();
  serveReader(port1, ledger.reader(tunnel));
  const reader = new PortReader(port2);
  open.push(reader);
  ledger.appender(owner, 1000, 1000).requestCommit(Buffer.from('x'));
  const claim = await reader.claim(never);
  const lost = new Promise((resolve) => claim!.lost.addEventListener('abort', resolve, { once: true }));
  port1.close();
  await lost;
  await expect(claim!.now()).rejects.toMatchObject({ code: 'lease-lost' });
  expect(await reader.claim(never)).toBeUndefined();
});
