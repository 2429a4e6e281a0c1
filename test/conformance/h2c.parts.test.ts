import { describe, expect, it } from 'vitest';
import { needs } from '../parts/needs.ts';
import { runClient, startNginx, startPeer } from './peers.ts';
import { startSidecar } from './sidecar.ts';

const pages = { 'a.txt': 'alpha '.repeat(50), 'b.txt': 'beta '.repeat(9000) };

describe('an upgrade to h2c', needs('nghttpx', 'nginx', 'curl'), () => {
  it('between curl and nghttpx passes, and both its requests are on the tape as HTTP/2', {
    timeout: 60_000,
  }, async () => {
    const origin = await startNginx(pages, false);
    await using _ = origin.server;
    const proxy = await startPeer('nghttpx', (port) => [
      ...[`--frontend=127.0.0.1,${port};no-tls`, `--backend=127.0.0.1,${origin.port}`],
      ...['--workers=1', '--log-level=FATAL', '--conf=/dev/null'],
    ]);
    await using __ = proxy.server;
    await using sidecar = await startSidecar(proxy.port);
    const urls = Object.keys(pages).flatMap((page) => [
      '--next',
      '-sS',
      '--http2',
      '-w',
      '%{http_version}',
      `http://127.0.0.1:${sidecar.port}/${page}`,
    ]);
    expect(await runClient('curl', urls.slice(1))).toBe(
      Object.values(pages)
        .map((text) => `${text}2`)
        .join(''),
    );
    const { exchanges, manifest } = await sidecar.tape();
    expect(
      exchanges.map(({ exchange, responseBody }) => [
        exchange.protocol,
        exchange.message,
        exchange.request.head.target,
        Buffer.from(responseBody).toString(),
      ]),
    ).toEqual([
      ['http/2', 1, '/a.txt', pages['a.txt']],
      ['http/2', 3, '/b.txt', pages['b.txt']],
    ]);
    expect(exchanges[0]?.exchange.request.head.fields[1]).toEqual([
      ':authority',
      `127.0.0.1:${sidecar.port}`,
    ]);
    expect(manifest.gaps).toEqual([]);
  });
});
