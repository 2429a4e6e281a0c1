import { setTimeout as sleep } from 'node:timers/promises';
import { addedText } from './added.ts';
import { median } from './data-path.ts';
import { service, single } from './grpc-messages.ts';
import { startGrpcServer } from './grpc-server.ts';
import { H2Line } from './h2-line.ts';
import { saturateHttp2 } from './h2load.ts';
import type { Listening } from './haproxy.ts';
import type { BenchOptions } from './section.ts';
import { setUp } from './set-up.ts';

const perSecond = 2_000;
const connections = 8;
const answerDeadlineMs = 2_000;

interface Unary {
  /** Milliseconds from the write of a call to the end of its answer. */
  readonly p50: number;
  readonly p99: number;
}

/** Unary gRPC at 2,000 calls a second on a fixed clock: the latency that each proxy adds. */
export async function grpcUnary(folder: string, options: BenchOptions) {
  const origin = await startGrpcServer();
  await using bench = await setUp(folder, options, origin, 'http2', saturateHttp2);
  const direct: Unary[] = [];
  const ours: Unary[] = [];
  const peer: Unary[] = [];
  await call(bench.ours, 1);
  await call(bench.peer, 1);
  for (let pair = 0; pair < options.pairs; pair++) {
    direct.push(await call(origin, options.seconds));
    peer.push(await call(bench.peer, options.seconds));
    ours.push(await call(bench.ours, options.seconds));
  }
  const added = (through: readonly Unary[], pick: (one: Unary) => number): string =>
    addedText(median(through.map((one, pair) => pick(one) - pick(direct[pair] ?? one))));
  const both = (pick: (one: Unary) => number): string =>
    `ours ${added(ours, pick)}   HAProxy ${added(peer, pick)}`;
  process.stdout.write(
    [
      `gRPC, unary, ${perSecond} calls/s`,
      `  added p50         ${both(({ p50 }) => p50)}`,
      `  added p99         ${both(({ p99 }) => p99)}`,
      '',
    ].join('\n'),
  );
  return { direct, ours, peer };
}

/** Calls on the clock whether or not answers have come, over eight connections in turn. Throws where one never comes. */
async function call({ port }: Listening, seconds: number): Promise<Unary> {
  const lines = await Promise.all(Array.from({ length: connections }, () => H2Line.open(port)));
  const total = perSecond * seconds;
  const times: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const begin = performance.now();
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - begin) * perSecond) / 1000) + 1);
    for (; sent < due; sent++) {
      const line = lines[sent % connections];
      const sentAt = performance.now();
      const onEnd = (): void => {
        if (times.push(performance.now() - sentAt) === total) resolve();
      };
      line?.sendLast(line.call(`${service}/UnaryCall`, { onEnd }), single);
    }
    await sleep(Math.max(0, begin + (sent * 1000) / perSecond - performance.now()));
  }
  const late = sleep(answerDeadlineMs, 'late', { ref: false });
  if ((await Promise.race([promise, late])) === 'late') {
    throw new Error(`${total - times.length} of ${total} calls had no answer`);
  }
  for (const line of lines) line.close();
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
