/**
 * `node examples/checkout/proof.ts [--times 20]`: how sure the demo's verdicts are. One tape is replayed many times each
 * way, then against services that fail for other reasons: none of those may be called reproduced or fixed.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { makePlayground } from './folder.ts';
import { dvrCli, freePort } from './programs.ts';
import { record } from './recording.ts';
import { judge, ways } from './verdicts.ts';
import { measureWork } from './work.ts';

const { values } = parseArgs({ options: { times: { type: 'string', default: '20' } } });
const times = Number(values.times);

const work = measureWork();
const { env } = await makePlayground(work);
const { tape } = await record({ env, work, gapMs: 50, others: 10, hurried: 20, onLog: () => undefined });
if (tape === undefined) throw new Error('no customer failed: the machine is too busy');
const fetched = await dvrCli(['fetch', tape], env);
if (fetched.code !== 0) throw new Error(fetched.stderr);

let right = true;
for (const way of ways) {
  const verdicts = new Map<string, number>();
  for (let time = 0; time < times; time++) {
    const { verdict } = await judge(tape, way, env);
    const [word = ''] = verdict.split(/[:,]/);
    verdicts.set(word, (verdicts.get(word) ?? 0) + 1);
  }
  right &&= verdicts.get(way.expected) === times;
  console.log(
    `${way.name}: ${[...verdicts].map(([word, count]) => `${word} ${count} of ${times}`).join(', ')}`,
  );
}
for (const status of [500, 404]) {
  const server = createServer((request, response) =>
    request.resume().on('end', () => response.writeHead(status).end()),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  right =
    (await judgeForeign(
      `a service that answers ${status} to everything`,
      typeof address === 'object' ? address?.port : 0,
    )) && right;
  server.closeAllConnections();
  server.close();
}
right = (await judgeForeign('a port where nothing listens', await freePort())) && right;
process.exitCode = right ? 0 : 1;

async function judgeForeign(name: string, port: number | undefined): Promise<boolean> {
  const { code, stdout, stderr } = await dvrCli(
    ['replay', 'start', '--tape', tape ?? '', '--target', `http://127.0.0.1:${port}`],
    env,
  );
  const [line = ''] = (stdout || stderr).split('\n');
  console.log(`${name}: exit ${code}, ${line}`);
  return !/^(Reproduced|Fixed)/.test(stdout);
}
