import type { Server } from 'node:net';
import type { Target } from '../relay/target.ts';

/** Has a server listen on a port of loopback, for the relay in this process; where. */
export async function listenOnLoopback(server: Server): Promise<Target> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new TypeError('a server listens on no port');
  return { host: bound.address, port: bound.port };
}
