import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EmbeddedCommitter } from '../../committer/embedded.ts';
import type { EmbeddedEvent } from '../../committer/embedded-messages.ts';
import { MemoryLedger } from '../../ledger/memory/memory-ledger.ts';
import { generateKeyPair, parseSealingKey } from '../../sealing/index.ts';
import { loadTunnel } from '../../tunnel/load.ts';
import { Recording } from './recording.ts';
import { readTapes, tunnelYaml } from './world.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dvr-embedded-'));
});
afterEach(() => rm(folder, { recursive: true }));

function world(vault: string) {
  const tunnel = loadTunnel(tunnelYaml('', '50ms', '0s'), 'test.yaml');
  const ledger = new MemoryLedger();
  const pem = generateKeyPair();
  const owner = { namespace: tunnel.namespace, tunnel: tunnel.name, pod: 'laptop' };
  const recording = new Recording(
    owner,
    ledger.appender(owner, 1e7, 600_000),
    parseSealingKey(pem.publicPem, 'test'),
  );
  const events: EmbeddedEvent[] = [];
  const committer = new EmbeddedCommitter({
    tunnel,
    ledger,
    vault: { kind: 'file', path: vault },
    privatePem: pem.privatePem,
    onEvent: (event) => events.push(event),
  });
  const fail = (): void =>
    recording.trigger(recording.exchange({ request: 'GET /bad HTTP/1.1', status: 500 }));
  return { committer, events, fail };
}

test('the embedded committer makes tapes in a thread of its own and tells their ids', async () => {
  const { committer, events, fail } = world(folder);
  await using _ = committer;
  fail();
  expect(await committer.finish(15_000)).toBe(true);
  fail();
  expect(await committer.finish(15_000)).toBe(true);
  const tapes = await readTapes(folder);
  expect(events.map((event) => event.kind === 'committed' && event.id)).toEqual(
    tapes.map(({ manifest }) => manifest.id),
  );
  expect(tapes.map(({ exchanges }) => exchanges.length)).toEqual([1, 2]);
});

test('the embedded committer says why it makes no tape, and is not finished', async () => {
  await writeFile(join(folder, 'file'), '');
  const { committer, events, fail } = world(join(folder, 'file', 'vault'));
  await using _ = committer;
  fail();
  expect(await committer.finish(3_000)).toBe(false);
  expect(events[0]).toMatchObject({ kind: 'failed', code: expect.stringMatching(/vault|allowed/) });
});
