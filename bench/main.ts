import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../test/parts/server.ts';
import { atRate, atSaturation, type Bench } from './data-path.ts';
import { startOrigin, startPeer } from './haproxy.ts';
import { Measured } from './process.ts';
import { printCompared } from './report.ts';
import { saturate } from './saturate.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    pairs: { type: 'string', default: '5' },
    rates: { type: 'string', default: '100,1000' },
    json: { type: 'string' },
  },
});
const options = {
  seconds: Number(values.seconds),
  pairs: Number(values.pairs),
  rates: values.rates.split(',').filter(Boolean).map(Number),
};

const folder = await mkdtemp(join(tmpdir(), 'dvr-bench-'));
try {
  const results = await dataPath();
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function dataPath() {
  await using stack = new AsyncDisposableStack();
  const origin = await startOrigin(folder, 1024);
  stack.use(origin.process);
  const peer = await startPeer(folder, origin.port);
  stack.use(peer.process);
  const port = await freePort();
  const process = await Measured.start(
    {
      path: globalThis.process.execPath,
      args: [join(import.meta.dirname, 'relay-only.ts'), `${port}`, `${origin.port}`],
    },
    port,
  );
  stack.use(process);
  const bench: Bench = { origin, peer, ours: { process, port }, redis: undefined };
  await saturate(bench.ours.port, 2);
  await saturate(bench.peer.port, 1);
  const results = [await atSaturation(bench, options)];
  for (const rate of options.rates) results.push(await atRate(bench, options, rate));
  for (const result of results) printCompared(result);
  return results;
}
