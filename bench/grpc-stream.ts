import { setTimeout as sleep } from 'node:timers/promises';
import { median } from './data-path.ts';
import { answerBytes, service, streamed } from './grpc-messages.ts';
import { startGrpcServer } from './grpc-server.ts';
import { H2Line } from './h2-line.ts';
import { saturateHttp2 } from './h2load.ts';
import type { Listening } from './haproxy.ts';
import type { BenchOptions } from './section.ts';
import { setUp } from './set-up.ts';

const messages = 1_000_000;
const sampleMs = 100;

interface Streamed {
  readonly perSecond: number;
  /** CPU of the proxy's process, microseconds a message and its answer. */
  readonly cpu: number;
  /** Resident memory of the proxy, bytes: its highest in the first tenth of the answers, and in all. */
  readonly early: number;
  readonly highest: number;
}

/** One bidirectional gRPC stream of 1,000,000 messages of 100 bytes each way, beside HAProxy in TCP mode. */
export async function grpcStream(folder: string, options: BenchOptions) {
  const origin = await startGrpcServer();
  await using bench = await setUp(folder, options, origin, 'tcp', saturateHttp2);
  const ours: Streamed[] = [];
  const peer: Streamed[] = [];
  await stream(bench.ours, messages / 10);
  for (let pair = 0; pair < options.pairs; pair++) {
    peer.push(await stream(bench.peer, messages));
    ours.push(await stream(bench.ours, messages));
  }
  const ratio = median(ours.map(({ perSecond }, pair) => perSecond / (peer[pair]?.perSecond ?? Number.NaN)));
  print(ours, peer, ratio);
  return { ours, peer, ratio };
}

async function stream(proxy: Listening, count: number): Promise<Streamed> {
  await sleep(500);
  const line = await H2Line.open(proxy.port);
  const { promise, resolve } = Promise.withResolvers<void>();
  let got = 0;
  const begin = performance.now();
  const cpu = proxy.process.cpu();
  const call = line.call(`${service}/FullDuplexCall`, {
    onData: (bytes) => {
      got += bytes;
    },
    onEnd: resolve,
  });
  let early = 0;
  let highest = 0;
  const watch = setInterval(() => {
    highest = Math.max(highest, proxy.process.rss());
    if (got < (count * answerBytes) / 10) early = highest;
  }, sampleMs);
  try {
    await line.send(call, streamed, count);
    await promise;
  } finally {
    clearInterval(watch);
    line.close();
  }
  if (got !== count * answerBytes)
    throw new Error(`${got} bytes came back instead of ${count * answerBytes}`);
  const seconds = (performance.now() - begin) / 1000;
  return { perSecond: count / seconds, cpu: (proxy.process.cpu() - cpu) / 1000 / count, early, highest };
}

function print(ours: readonly Streamed[], peer: readonly Streamed[], ratio: number): void {
  const both = (pick: (one: Streamed) => number, digits: number, unit: string): string =>
    `ours ${median(ours.map(pick)).toFixed(digits)}${unit}   HAProxy ${median(peer.map(pick)).toFixed(digits)}${unit}`;
  const mega = 1024 * 1024;
  const lines = [
    `gRPC, one stream of ${messages} messages of 100 bytes each way`,
    `  messages/s        ${both((one) => one.perSecond, 0, '')}   ratio ${ratio.toFixed(2)}`,
    `  CPU a message     ${both((one) => one.cpu, 2, ' µs')}`,
    `  memory, highest   first tenth ${both((one) => one.early / mega, 0, ' MB')}; all ${both((one) => one.highest / mega, 0, ' MB')}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
