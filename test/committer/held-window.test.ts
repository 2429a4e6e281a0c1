import { expect, test } from 'vitest';
import { streamsOf } from '../../committer/held-window.ts';
import type { CommitRequest } from '../../ledger/commit-request.ts';
import type { Claim } from '../../ledger/port.ts';

const now = 1_000_000;
const tunnel = { namespace: 'shop', tunnel: 'dvr' };
const seenAt = { 'shop-1': now - 20_000, 'shop-2': now - 44_000, 'shop-3': now - 60_000 };
const claim: Pick<Claim, 'now' | 'owners'> = {
  now: async () => now,
  owners: async () => Object.entries(seenAt).map(([pod, at]) => ({ ...tunnel, pod, seenAt: at })),
};
const asked = { from: now - 300_000, to: now, readFrom: now, readUntil: now };

/** What a window holds for a request that names a pod, or none. */
const held = (pod: string) => streamsOf(claim, [{ pod } as CommitRequest], asked);

test("a request by hand is about all interceptors of the window, an interceptor's own about itself", async () => {
  expect((await held('')).map(({ pod }) => pod)).toEqual(['shop-1', 'shop-2', 'shop-3']);
  expect(await held('shop-2')).toEqual([{ ...tunnel, pod: 'shop-2', silent: false }]);
});

test('an interceptor that has not told for 45 s that it is there is silent', async () => {
  expect((await held('')).map(({ silent }) => silent)).toEqual([false, false, true]);
});
