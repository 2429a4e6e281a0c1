import { atRate, atSaturation } from './data-path.ts';
import { startOrigin } from './haproxy.ts';
import { type Memory, memoryUnderLoad } from './memory.ts';
import { captured } from './ours.ts';
import { printCaptured, printCompared, printMemory } from './report.ts';
import { saturate } from './saturate.ts';
import type { BenchOptions } from './section.ts';
import { setUp } from './set-up.ts';

/** HTTP/1.1: cost at saturation and at steady rates, latency added, memory. */
export async function http1(folder: string, options: BenchOptions) {
  await using bench = await setUp(folder, options, await startOrigin(folder, 1024), 'http1', saturate);
  const { ours, peer } = bench;
  const started = ours.process.rss();
  await saturate(ours.port, 2);
  await saturate(peer.port, 1);
  const compared = [await atSaturation('HTTP/1.1, saturation', bench, options)];
  for (const rate of options.rates) compared.push(await atRate(bench, options, rate));
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
