import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { command } from './haproxy.ts';
import type { Load } from './saturate.ts';

/** As many requests as go over HTTP/2, for `seconds`: eight connections, ten streams at once on each. */
export async function saturateHttp2(port: number, seconds: number): Promise<Load> {
  const { path, args, environment } = command('h2load', [
    ...['-c8', '-m10', `-D${seconds}`],
    `http://127.0.0.1:${port}/api/items/1`,
  ]);
  const { stdout } = await promisify(execFile)(path, args, { env: { ...process.env, ...environment } });
  const perSecond = Number(/finished in [^,]+, ([\d.]+) req\/s/.exec(stdout)?.[1]);
  const [, done, succeeded] = /(\d+) done, (\d+) succeeded/.exec(stdout) ?? [];
  const requests = Number(succeeded);
  if (!Number.isFinite(requests) || !Number.isFinite(perSecond)) throw new Error(`h2load said: ${stdout}`);
  const other = /status codes: \d+ 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/.exec(stdout)?.slice(1) ?? [];
  return {
    requests,
    perSecond,
    failed: other.reduce((sum, count) => sum + Number(count), Number(done) - requests),
  };
}
