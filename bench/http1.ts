import { atRate, atSaturation } from './data-path.ts';
import { startOrigin } from './haproxy.ts';
import { captured } from './ours.ts';
import { printCaptured, printCompared } from './report.ts';
import { saturate } from './saturate.ts';
import type { BenchOptions } from './section.ts';
import { setUp } from './set-up.ts';

/** HTTP/1.1: cost at saturation and at steady rates, latency added. */
export async function http1(folder: string, options: BenchOptions) {
  await using bench = await setUp(folder, options, await startOrigin(folder, 1024), 'http1', saturate);
  const { ours, peer } = bench;
  await saturate(ours.port, 2);
  await saturate(peer.port, 1);
  const compared = [await atSaturation('HTTP/1.1, saturation', bench, options)];
  for (const rate of options.rates) compared.push(await atRate(bench, options, rate));
  for (const result of compared) printCompared(result);
  const capture = ours.admin === undefined ? undefined : await captured(ours.admin);
  if (capture !== undefined) printCaptured(capture);
  return { compared, capture };
}
