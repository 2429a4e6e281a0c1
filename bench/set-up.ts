import type { Bench } from './data-path.ts';
import { type HaproxyProtocol, type Listening, startPeer } from './haproxy.ts';
import { startInterceptor, startRelayOnly } from './ours.ts';
import { startRedis } from './redis.ts';
import type { Saturate } from './saturate.ts';
import type { BenchOptions } from './section.ts';

/** The proxies before one origin, and a Redis for ours. Disposing it ends them all, the origin too. */
export interface SetUp extends Bench, AsyncDisposable {
  readonly ours: Listening & { readonly admin?: number };
}

export async function setUp(
  folder: string,
  options: BenchOptions,
  origin: Listening,
  peerProtocol: HaproxyProtocol,
  saturate: Saturate,
): Promise<SetUp> {
  const stack = new AsyncDisposableStack();
  stack.use(origin.process);
  try {
    const peer = await startPeer(folder, origin.port, peerProtocol);
    stack.use(peer.process);
    const redis = await startRedis();
    stack.use(redis.process);
    const ours = await startOurs(folder, options, origin.port, redis.url);
    stack.use(ours.process);
    const dispose = (): Promise<void> => stack.disposeAsync();
    return { origin, peer, ours, redis: redis.process, saturate, [Symbol.asyncDispose]: dispose };
  } catch (cause) {
    await stack.disposeAsync();
    throw cause;
  }
}

export async function startOurs(
  folder: string,
  { ours, profile, built }: BenchOptions,
  target: number,
  redis: string,
): Promise<Listening & { readonly admin?: number }> {
  if (ours === 'relay') return startRelayOnly(target);
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  return startInterceptor(folder, built, target, redis, profiling);
}
