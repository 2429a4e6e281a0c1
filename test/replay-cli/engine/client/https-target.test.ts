import { createSecureServer } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TargetAddress } from '../../../../program/address.ts';
import { writeFrame } from '../../../../wire/grpc/messages.ts';
import { makeCertificate } from '../../../interceptor/parts/certificates.ts';
import { streamExchange } from '../../../tape/make-stream.ts';
import { sketchExchange } from '../../../tape/make-tape.ts';
import { replayOf } from '../replay-of.ts';
import { listenOnLoopback } from '../service-under-test.ts';
import { callExchange } from './grpc/call-sketch.ts';

/** A target over TLS that takes HTTP/2 and HTTP/1.1, and answers each by what it spoke. */
describe('an https target', () => {
  const certificate = makeCertificate({ name: 'checkout.example' });
  const server = createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => {
    if (request.headers['content-type'] === 'application/grpc') {
      response.setHeader('content-type', 'application/grpc');
      response.addTrailers({ 'grpc-status': '0' });
      response.end(writeFrame(0, Buffer.from('grpc')));
    } else response.end(request.httpVersion === '2.0' ? 'HTTP/2' : `HTTP/${request.httpVersion}`);
  });
  let target: TargetAddress;
  const tls = { ca: Buffer.from(certificate.cert), serverName: 'checkout.example' };

  beforeAll(async () => {
    const { port } = await listenOnLoopback(server);
    target = { tls: true, host: '127.0.0.1', port, url: `https://127.0.0.1:${port}` };
  });
  afterAll(() => {
    server.close();
  });

  it.each([
    ['HTTP/1.1', sketchExchange({ start: 0 }), 'http1'],
    ['HTTP/2', streamExchange({ start: 0, fields: [[':scheme', 'https']] }), 'http2'],
    ['grpc', callExchange({ start: 0, sent: [[0, 'x']] }), 'grpc'],
  ])('is spoken to in %s', async (spoken, exchange, client) => {
    await using replay = await replayOf([exchange], target, { tls });
    const sending = await replay.send(1);
    if (sending.kind !== 'sent') throw new Error('it was not sent');
    expect(sending.over.client).toBe(client);
    const { outcome } = await sending.result;
    if (outcome.kind !== 'response') throw new Error(`it failed: ${outcome.failure}`);
    expect(Buffer.from(outcome.body).toString()).toContain(spoken);
  });

  it('that is not believed is told before anything is sent', async () => {
    const opening = replayOf([streamExchange({ start: 0 })], target);
    await expect(opening).rejects.toMatchObject({
      code: 'target-out-of-reach',
      message: expect.stringContaining('(DEPTH_ZERO_SELF_SIGNED_CERT)'),
      hint: expect.stringContaining('--target-ca'),
    });
  });
});
