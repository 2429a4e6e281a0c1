import { createServer } from 'node:http';
import { PreciseTimer } from '../replay-cli/engine/client/precise-timer.ts';

/*
 * Answers each request after `?after=MS`, to a few microseconds, and tells the port to the process that forked it.
 */
const timer = new PreciseTimer();
const server = createServer((request, response) => {
  const came = performance.now();
  const after = Number(new URL(request.url ?? '/', 'http://echo').searchParams.get('after'));
  timer.at(came + after, () => response.end());
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.send?.(address?.port);
});
