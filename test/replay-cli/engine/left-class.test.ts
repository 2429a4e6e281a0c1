import { expect, test } from 'vitest';
import type { PayloadResult } from '../../../replay-cli/engine/port.ts';
import { streamExchange } from '../../tape/make-stream.ts';
import { serveHttp2 } from './client/http2/http2-service.ts';
import { replayOf } from './replay-of.ts';

/** A stream that its client left 30 ms behind the head. */
const left = streamExchange({
  start: 0,
  fields: [[':scheme', 'http']],
  responseStart: 5,
  received: [[10, 'data: 1\n\n']],
  failure: 'client_rst',
  failedAt: 40,
  rst: 8,
});

test.each([
  [200, false],
  [500, true],
])('a stream that the client left, answered with %s, left its class: %s', async (status, leftClass) => {
  await using service = await serveHttp2(({ stream }) => {
    stream.respond({ ':status': status });
    stream.write('data: 1\n\n');
  });
  await using replay = await replayOf([left], service.target);
  const results: PayloadResult[] = [];
  replay.listen((event) => {
    if (event.kind === 'received') results.push(event.result);
  });
  await replay.run({ from: 1, timing: 'causal', speed: 1, awaitResults: true });
  expect(results).toMatchObject([{ outcome: { failure: 'cancelled', head: { status } }, leftClass }]);
});
