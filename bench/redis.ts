import { freePort } from '../test/parts/server.ts';
import { command } from './haproxy.ts';
import { Measured } from './process.ts';

/** An empty Redis without persistence. */
export async function startRedis(): Promise<{ readonly process: Measured; readonly url: string }> {
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const process = await Measured.start(command('redis-server', args), port);
  return { process, url: `redis://127.0.0.1:${port}` };
}
