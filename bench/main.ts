import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { grpcStream } from './grpc-stream.ts';
import { grpcUnary } from './grpc-unary.ts';
import { http1 } from './http1.ts';
import { http2 } from './http2.ts';
import { idle } from './idle.ts';
import { memory } from './memory.ts';
import { buildInto } from './ours.ts';
import type { BenchOptions, Section } from './section.ts';

const sections: ReadonlyMap<string, Section> = new Map<string, Section>([
  ['http1', http1],
  ['http2', http2],
  ['memory', memory],
  ['grpc-stream', grpcStream],
  ['grpc-unary', grpcUnary],
  ['idle', idle],
]);

const help = `npm run bench -- [--only ${[...sections.keys()].join(',')}] [--seconds N] [--pairs N]
                 [--rates 100,1000] [--ours interceptor|relay] [--json FILE] [--profile FOLDER]

Measures the data path beside HAProxy (one thread, nothing captured), alternately: ours with full sealed capture to a
Redis. CPU is that of the proxy's process. --ours relay measures forwarding alone; --profile has Node write a CPU
profile of ours.
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: [...sections.keys()].join(',') },
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
  const folder = await mkdtemp(join(tmpdir(), 'dvr-bench-'));
  try {
    const options: BenchOptions = {
      seconds: Number(values.seconds),
      pairs: Number(values.pairs),
      rates: values.rates.split(',').filter(Boolean).map(Number),
      ours: values.ours === 'relay' ? 'relay' : 'interceptor',
      profile: values.profile,
      built: await buildInto(folder),
    };
    const results: Record<string, unknown> = {};
    for (const name of values.only.split(',')) results[name] = await run(name, folder, options);
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(name: string, parent: string, options: BenchOptions): Promise<unknown> {
  const section = sections.get(name);
  if (section === undefined)
    throw new Error(`there is no section ${name}: ${[...sections.keys()].join(', ')}`);
  const folder = join(parent, name);
  await mkdir(folder);
  return section(folder, options);
}
