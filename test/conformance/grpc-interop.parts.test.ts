import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../parts/needs.ts';
import { interopCases, runInteropCase, startInteropServer } from './interop.ts';
import { callOf, expectedCalls, mayBeAbsent } from './interop-messages.ts';
import type { Peer } from './peers.ts';
import { startSidecar } from './sidecar.ts';

const caseDeadlineMs = 60_000;

describe("grpc-go's interoperability tests", needs('grpc-interop-client', 'grpc-interop-server'), () => {
  let peer: Peer;

  beforeAll(async () => {
    peer = await startInteropServer();
  });

  afterAll(async () => {
    await peer?.server[Symbol.asyncDispose]();
  });

  it.for(interopCases)(
    '%s passes through the sidecar as without it, and its tape holds the messages that were sent',
    { timeout: caseDeadlineMs },
    async (name) => {
      await runInteropCase(name, peer.port);
      await using sidecar = await startSidecar(peer.port);
      await runInteropCase(name, sidecar.port);
      const { exchanges, manifest } = await sidecar.tape();
      const calls = exchanges.map(callOf);
      const expected = expectedCalls[name].map((call) => expect.objectContaining(call));
      if (calls.length === 0 && mayBeAbsent.includes(name)) return;
      expect(calls).toEqual(expected);
      expect(manifest.gaps.filter(({ cause }) => cause !== 'in_flight_limit')).toEqual([]);
    },
  );
});
