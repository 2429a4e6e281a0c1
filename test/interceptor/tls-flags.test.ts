import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { noProtocolTeller } from '../../interceptor/tls-flags.ts';
import { createLog } from '../../program/log.ts';

test('that clients ask for HTTP/2 alone is told once, with the flags that offer it', async () => {
  const stream = new PassThrough();
  const tell = noProtocolTeller(createLog({ level: 'info', name: 'dvr-test', stream, color: false }));
  tell(['h2']);
  tell(['h2']);
  stream.end();
  const lines = (await text(stream)).trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('clients ask for h2 only');
  expect(lines[0]).toContain('--tls-alpn h2 --tls-alpn http/1.1');
});
