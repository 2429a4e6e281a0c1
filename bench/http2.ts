import { atSaturation } from './data-path.ts';
import { saturateHttp2 } from './h2load.ts';
import { startOrigin } from './haproxy.ts';
import { captured } from './ours.ts';
import { printCaptured, printCompared } from './report.ts';
import type { BenchOptions } from './section.ts';
import { setUp } from './set-up.ts';

/** HTTP/2 without TLS, beside HAProxy that ends it on both sides: cost at saturation. */
export async function http2(folder: string, options: BenchOptions) {
  const origin = await startOrigin(folder, 1024, 'http2');
  await using bench = await setUp(folder, options, origin, 'http2', saturateHttp2);
  const { ours, peer } = bench;
  await saturateHttp2(ours.port, 2);
  await saturateHttp2(peer.port, 1);
  const compared = await atSaturation('HTTP/2, saturation', bench, options);
  printCompared(compared);
  const capture = ours.admin === undefined ? undefined : await captured(ours.admin);
  if (capture !== undefined) printCaptured(capture);
  return { compared, capture };
}
