import { setTimeout as sleep } from 'node:timers/promises';
import { type Listening, startOrigin } from './haproxy.ts';
import type { Memory, MemoryRun } from './memory-run.ts';
import { startInterceptor } from './ours.ts';
import { startRedis } from './redis.ts';
import { printMemory } from './report.ts';
import { saturate } from './saturate.ts';
import type { BenchOptions } from './section.ts';

const everyMs = 50;
/** Redis answers nothing for so long more than the load lasts otherwise. */
const stallSeconds = 3;

/**
 * The loads that decide how much memory a sidecar is given, each as many requests as go: small answers over more and
 * more connections, larger ones, and those with a Redis that takes everything and answers nothing.
 */
export async function memory(folder: string, { built, seconds }: BenchOptions): Promise<MemoryRun[]> {
  const runs = [await smallAnswers(folder, built, seconds), await largeAnswers(folder, built, seconds)];
  for (const run of runs) printMemory(run);
  return runs;
}

async function smallAnswers(folder: string, built: string, seconds: number): Promise<MemoryRun> {
  await using world = await World.start(folder, built, 1024);
  const underLoad: Memory[] = [];
  for (const connections of [32, 200, 1000]) {
    underLoad.push(await world.load(`1 KiB over ${connections} connections`, seconds, connections));
  }
  world.pauseRedis();
  underLoad.push(await world.load('with Redis stalled', seconds + stallSeconds, 1000));
  return { started: world.started, underLoad };
}

async function largeAnswers(folder: string, built: string, seconds: number): Promise<MemoryRun> {
  await using world = await World.start(folder, built, 16_384);
  const underLoad = [await world.load('16 KiB over 32 connections', seconds, 32)];
  world.pauseRedis();
  underLoad.push(await world.load('with Redis stalled', seconds + stallSeconds, 32));
  return { started: world.started, underLoad };
}

/** An interceptor that was just started, between an origin and a Redis of its own. */
class World implements AsyncDisposable {
  readonly started: number;
  readonly #stack: AsyncDisposableStack;
  readonly #ours: Listening;
  readonly #redis: number;

  private constructor(stack: AsyncDisposableStack, ours: Listening, redis: number) {
    this.#stack = stack;
    this.#ours = ours;
    this.#redis = redis;
    this.started = ours.process.rss();
  }

  static async start(folder: string, built: string, answerBytes: number): Promise<World> {
    await using stack = new AsyncDisposableStack();
    const origin = await startOrigin(folder, answerBytes);
    stack.use(origin.process);
    const redis = await startRedis();
    stack.use(redis.process);
    const ours = await startInterceptor(folder, built, origin.port, redis.url);
    stack.use(ours.process);
    return new World(stack.move(), ours, redis.process.pid);
  }

  pauseRedis(): void {
    process.kill(this.#redis, 'SIGSTOP');
  }

  /** Watches while as many requests go as can, for `seconds`. */
  async load(name: string, seconds: number, connections: number): Promise<Memory> {
    const { process, port } = this.#ours;
    let highest = 0;
    let loading = true;
    const load = saturate(port, seconds, connections).finally(() => {
      loading = false;
    });
    while (loading) {
      highest = Math.max(highest, process.rss());
      await sleep(everyMs);
    }
    const { failed } = await load;
    if (failed > 0) throw new Error(`${failed} requests failed, ${name}`);
    return { load: name, highest };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.kill(this.#redis, 'SIGCONT');
    await this.#stack.disposeAsync();
  }
}
