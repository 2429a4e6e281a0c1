import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { atRate, atSaturation, type Bench, type DataPathOptions } from './data-path.ts';
import { type Listening, startOrigin, startPeer } from './haproxy.ts';
import { type Memory, memoryUnderLoad } from './memory.ts';
import { buildInto, captured, startInterceptor, startRelayOnly } from './ours.ts';
import { startRedis } from './redis.ts';
import { printCaptured, printCompared, printMemory } from './report.ts';
import { saturate } from './saturate.ts';

const help = `npm run bench -- [--seconds N] [--pairs N] [--rates 100,1000] [--ours interceptor|relay] [--json FILE]
                 [--profile FOLDER]

Measures the data path beside HAProxy (http mode, one thread, nothing captured), alternately: 1 KiB answers, ours with
full sealed capture to a Redis. CPU is that of the proxy's process. --ours relay measures forwarding alone; --profile
has Node write a CPU profile of ours.
`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    pairs: { type: 'string', default: '5' },
    rates: { type: 'string', default: '100,1000' },
    ours: { type: 'string', default: 'interceptor' },
    profile: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(help);
else await bench();

async function bench(): Promise<void> {
  const options = {
    seconds: Number(values.seconds),
    pairs: Number(values.pairs),
    rates: values.rates.split(',').filter(Boolean).map(Number),
  };
  const folder = await mkdtemp(join(tmpdir(), 'dvr-bench-'));
  try {
    const results = await dataPath(folder, options);
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function dataPath(folder: string, options: DataPathOptions) {
  await using stack = new AsyncDisposableStack();
  const origin = await startOrigin(folder, 1024);
  stack.use(origin.process);
  const peer = await startPeer(folder, origin.port);
  stack.use(peer.process);
  const redis = await startRedis();
  stack.use(redis.process);
  const ours = await startOurs(folder, origin.port, redis.url);
  stack.use(ours.process);
  const started = ours.process.rss();
  const setUp: Bench = { origin, peer, ours, redis: redis.process };
  await saturate(ours.port, 2);
  await saturate(peer.port, 1);
  const compared = [await atSaturation(setUp, options)];
  for (const rate of options.rates) compared.push(await atRate(setUp, options, rate));
  for (const result of compared) printCompared(result);
  const memory: Memory[] = [];
  for (const connections of [32, 200, 1000]) {
    memory.push(await memoryUnderLoad(ours, options.seconds, connections));
  }
  printMemory(started, memory);
  const capture = ours.admin === undefined ? undefined : await captured(ours.admin);
  if (capture !== undefined) printCaptured(capture);
  return { compared, memory: { started, underLoad: memory }, capture };
}

async function startOurs(
  folder: string,
  target: number,
  redis: string,
): Promise<Listening & { readonly admin?: number }> {
  if (values.ours === 'relay') return startRelayOnly(target);
  const profiling = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
  return startInterceptor(folder, await buildInto(folder), target, redis, profiling);
}
