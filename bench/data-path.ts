import { setTimeout as sleep } from 'node:timers/promises';
import type { Listening } from './haproxy.ts';
import type { Measured } from './process.ts';
import type { Saturate } from './saturate.ts';
import { type Latencies, steady } from './steady.ts';

export interface DataPathOptions {
  readonly seconds: number;
  readonly pairs: number;
  /** Requests a second at which cost and added latency are taken beside saturation. */
  readonly rates: readonly number[];
}

/** The proxies that are compared, the origin behind them, and the Redis that ours fills. */
export interface Bench {
  readonly origin: Listening;
  readonly peer: Listening;
  readonly ours: Listening;
  readonly redis: Measured | undefined;
  readonly saturate: Saturate;
}

export interface Cost {
  /** CPU of the proxy's process, microseconds a request. */
  readonly cpu: number;
  /** CPU of Redis, likewise. */
  readonly redis: number;
  readonly perSecond: number;
  readonly failed: number;
}

export interface SteadyCost extends Cost {
  /** Milliseconds that the proxy adds to the origin's own. */
  readonly addedP50: number;
  readonly addedP99: number;
}

/** Both in turn, and the median over all pairs of ours by the peer's. */
export interface Compared<C extends Cost> {
  readonly load: string;
  readonly ours: readonly C[];
  readonly peer: readonly C[];
  readonly ratio: number;
}

export async function atSaturation(
  load: string,
  bench: Bench,
  { seconds, pairs }: Pick<DataPathOptions, 'seconds' | 'pairs'>,
): Promise<Compared<Cost>> {
  return compare(load, bench, pairs, (proxy) =>
    priced(proxy, bench.redis, async () => {
      return { load: await bench.saturate(proxy.port, seconds), rest: {} };
    }),
  );
}

export async function atRate(
  bench: Bench,
  { seconds, pairs }: DataPathOptions,
  rate: number,
): Promise<Compared<SteadyCost>> {
  return compare(`${rate} req/s`, bench, pairs, async (proxy) => {
    const direct = await steady(bench.origin.port, rate, seconds);
    return priced(proxy, bench.redis, async () => {
      const through = await steady(proxy.port, rate, seconds);
      return { load: { ...through, perSecond: rate }, rest: added(through, direct) };
    });
  });
}

function added(through: Latencies, direct: Latencies): { addedP50: number; addedP99: number } {
  return { addedP50: through.p50 - direct.p50, addedP99: through.p99 - direct.p99 };
}

async function compare<C extends Cost>(
  load: string,
  bench: Bench,
  pairs: number,
  measure: (proxy: Listening) => Promise<C>,
): Promise<Compared<C>> {
  const ours: C[] = [];
  const peer: C[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    peer.push(await measure(bench.peer));
    ours.push(await measure(bench.ours));
  }
  const ratio = median(ours.map((cost, pair) => cost.cpu / (peer[pair]?.cpu ?? Number.NaN)));
  return { load, ours, peer, ratio };
}

async function priced<R>(
  proxy: Listening,
  redis: Measured | undefined,
  run: () => Promise<{ load: { requests: number; failed: number; perSecond: number }; rest: R }>,
): Promise<Cost & R> {
  await sleep(200);
  const [cpu, redisCpu] = [proxy.process.cpu(), redis?.cpu() ?? 0];
  const { load, rest } = await run();
  const each = (after: number, before: number): number => (after - before) / 1000 / load.requests;
  return {
    cpu: each(proxy.process.cpu(), cpu),
    redis: each(redis?.cpu() ?? 0, redisCpu),
    perSecond: load.perSecond,
    failed: load.failed,
    ...rest,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
