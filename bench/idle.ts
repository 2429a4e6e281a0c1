import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { freePort } from '../test/parts/server.ts';
import { service, streamed } from './grpc-messages.ts';
import { startGrpcServer } from './grpc-server.ts';
import { H2Line } from './h2-line.ts';
import type { Listening } from './haproxy.ts';
import { startInterceptor, startRelayOnly } from './ours.ts';
import { Measured } from './process.ts';
import { startRedis } from './redis.ts';
import type { BenchOptions } from './section.ts';

/** Two sockets of the relay each, and many a system gives a process 20,000. */
const connections = 9_500;
const warmUp = 2_000;
const opening = 50;
const settleMs = 3_000;

interface Idle {
  readonly what: string;
  /** Resident memory a connection, bytes: observed, and only relayed. */
  readonly observed: number;
  readonly relayed: number;
}

/**
 * Memory of connections that did one exchange and are idle, beyond what the same sockets cost in the bare relay:
 * WebSockets, and gRPC streams of a connection each.
 */
export async function idle(folder: string, { built }: BenchOptions): Promise<Idle[]> {
  const redis = await startRedis();
  await using _ = redis.process;
  const results: Idle[] = [];
  for (const [what, start, open] of [
    ['WebSocket', startWebSocketServer, openWebSocket],
    ['gRPC', startGrpcServer, openGrpc],
  ] as const) {
    const origin = await start();
    await using __ = origin.process;
    const observed = await perConnection(await startInterceptor(folder, built, origin.port, redis.url), open);
    const relayed = await perConnection(await startRelayOnly(origin.port), open);
    const kb = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KB`;
    process.stdout.write(
      `${connections} idle connections, ${what}\n  memory each       ours ${kb(observed)}   relayed alone ${kb(relayed)}   difference ${kb(observed - relayed)}\n`,
    );
    results.push({ what, observed, relayed });
  }
  return results;
}

/** Ends the relay behind it. */
async function perConnection(
  { process: relay, port }: Listening,
  open: (port: number) => Promise<() => void>,
): Promise<number> {
  await using _ = relay;
  const closings: (() => void)[] = [];
  const openUpTo = async (count: number): Promise<void> => {
    while (closings.length < count) {
      closings.push(...(await Promise.all(Array.from({ length: opening }, () => open(port)))));
    }
    await sleep(settleMs);
  };
  // The first ones go into memory that the process holds already.
  await openUpTo(warmUp);
  const before = relay.rss();
  await openUpTo(connections);
  const bytes = (relay.rss() - before) / (connections - warmUp);
  for (const close of closings) close();
  return bytes;
}

async function openGrpc(port: number): Promise<() => void> {
  const line = await H2Line.open(port);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const ended = (): void => reject(new Error('an idle stream was ended'));
  const stream = line.call(`${service}/FullDuplexCall`, { onData: () => resolve(), onEnd: ended });
  line.sendOne(stream, streamed);
  await promise;
  return () => line.close();
}

async function openWebSocket(port: number): Promise<() => void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: false });
  await once(socket, 'open');
  socket.send('{"hello":"there"}');
  await once(socket, 'message');
  return () => socket.terminate();
}

async function startWebSocketServer(): Promise<Listening> {
  const port = await freePort();
  const args = [`${import.meta.dirname}/idle-server.ts`, `${port}`];
  return { process: await Measured.start({ path: process.execPath, args }, port), port };
}
