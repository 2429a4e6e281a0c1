import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Running } from '../end-to-end/running.ts';
import {
  type MadeCertificate,
  makeCertificate,
  writeCertificate,
} from '../interceptor/parts/certificates.ts';
import { needs } from '../parts/needs.ts';
import { type Peer, programOf, runClient, startPeer } from './peers.ts';
import { startSidecar } from './sidecar.ts';

const deadlineMs = 60_000;
const pages = { 'a.txt': 'alpha '.repeat(50), 'big.txt': 'omega '.repeat(40_000) };

describe('TLS', needs('nginx', 'nghttpd', 'h2load', 'curl', 'openssl'), () => {
  let folder: string;
  let authority: MadeCertificate;
  let ca: string;
  let own: { cert: string; key: string };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dvr-tls-'));
    authority = makeCertificate({ name: 'authority', authority: true });
    ca = writeCertificate(folder, 'ca', authority).cert;
    own = writeCertificate(folder, 'shop', makeCertificate({ name: 'shop.test', by: authority }));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const clientFlags = (): string[] => ['--tls-cert', own.cert, '--tls-key', own.key];
  const targetFlags = (): string[] => ['--target-ca', ca, '--target-server-name', 'shop.test'];

  /** nginx with TLS, HTTP/1.1 and HTTP/2. */
  function startSecureNginx(): Promise<Peer> {
    const configuration = `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid FOLDER/nginx.pid;
error_log FOLDER/error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path FOLDER/body;
  proxy_temp_path FOLDER/proxy;
  fastcgi_temp_path FOLDER/fastcgi;
  uwsgi_temp_path FOLDER/uwsgi;
  scgi_temp_path FOLDER/scgi;
  server {
    listen 127.0.0.1:PORT ssl http2;
    ssl_certificate ${own.cert};
    ssl_certificate_key ${own.key};
    root FOLDER/pages;
  }
}
`;
    const files = Object.fromEntries(Object.entries(pages).map(([name, text]) => [`pages/${name}`, text]));
    return startPeer('nginx', (_, at) => ['-p', at, '-c', join(at, 'nginx.conf')], {
      ...files,
      'nginx.conf': configuration,
    });
  }

  function curl(port: number, path: string, ...flags: string[]): Promise<string> {
    return runClient('curl', [
      ...['-sS', '--cacert', ca, '--resolve', `shop.test:${port}:127.0.0.1`],
      ...['-w', '%{http_code} %{http_version}', ...flags, `https://shop.test:${port}${path}`],
    ]);
  }

  it('gives curl the same through the sidecar as past it, by both versions of HTTP, and the tape holds it', {
    timeout: deadlineMs,
  }, async () => {
    const peer = await startSecureNginx();
    await using _ = peer.server;
    await using sidecar = await startSidecar(peer.port, {
      scheme: 'https',
      flags: [...clientFlags(), ...targetFlags()],
    });
    for (const version of ['--http1.1', '--http2']) {
      for (const path of ['/a.txt', '/big.txt', '/none']) {
        expect(await curl(sidecar.port, path, version)).toBe(await curl(peer.port, path, version));
      }
    }
    const { exchanges, manifest } = await sidecar.tape();
    expect(
      exchanges.map(({ exchange: { protocol, request, response } }) => [
        protocol,
        request.head.target,
        response?.head.status,
      ]),
    ).toEqual(
      ['http/1', 'http/2'].flatMap((protocol) => [
        [protocol, '/a.txt', 200],
        [protocol, '/big.txt', 200],
        [protocol, '/none', 404],
      ]),
    );
    expect(Buffer.from(exchanges[4]!.responseBody).toString()).toBe(pages['big.txt']);
    expect(manifest.gaps).toEqual([]);
  });

  it('passes untouched without a certificate, and the tape says so', { timeout: deadlineMs }, async () => {
    const peer = await startSecureNginx();
    await using _ = peer.server;
    await using sidecar = await startSidecar(peer.port, { scheme: 'https', flags: targetFlags() });
    expect(await curl(sidecar.port, '/a.txt', '--http2')).toBe(`${pages['a.txt']}200 2`);
    const { exchanges, manifest } = await sidecar.tape();
    expect(exchanges).toEqual([]);
    expect(manifest.gaps).toMatchObject([{ cause: 'tls', unit: 'connections', count: 1 }]);
  });

  it('carries what h2load asks of nghttpd, on many streams', { timeout: deadlineMs }, async () => {
    const peer = await startPeer(
      'nghttpd',
      (port, at) => ['-a', '127.0.0.1', '-d', join(at, 'pages'), String(port), own.key, own.cert],
      { 'pages/a.txt': pages['a.txt'] },
    );
    await using _ = peer.server;
    await using sidecar = await startSidecar(peer.port, {
      scheme: 'https',
      flags: [...clientFlags(), ...targetFlags()],
    });
    const flags = ['-n', '500', '-c', '4', '-m', '10', '--connect-to', `127.0.0.1:${sidecar.port}`];
    const told = await runClient('h2load', [...flags, `https://shop.test:${sidecar.port}/a.txt`]);
    expect(told).toContain('500 succeeded, 0 failed');
    expect(told).toContain('Application protocol: h2');
  });

  it('asks curl for a certificate, and lets it in with one that the authority vouches for', {
    timeout: deadlineMs,
  }, async () => {
    const peer = await startSecureNginx();
    await using _ = peer.server;
    const client = writeCertificate(folder, 'client', makeCertificate({ name: 'client', by: authority }));
    const stranger = writeCertificate(folder, 'stranger', makeCertificate({ name: 'stranger' }));
    await using sidecar = await startSidecar(peer.port, {
      scheme: 'https',
      flags: [...clientFlags(), ...targetFlags(), '--tls-client-ca', ca],
    });
    const shown = ({ cert, key }: { cert: string; key: string }) =>
      curl(sidecar.port, '/a.txt', '--cert', cert, '--key', key);
    expect(await shown(client)).toContain('alpha');
    await expect(shown(stranger)).rejects.toThrow();
    await expect(curl(sidecar.port, '/a.txt')).rejects.toThrow();
  });

  it.each(['-tls1_2', '-tls1_3'])(
    'lets openssl come back with a ticket over %s',
    { timeout: deadlineMs },
    async (version) => {
      const peer = await startSecureNginx();
      await using _ = peer.server;
      await using sidecar = await startSidecar(peer.port, {
        scheme: 'https',
        flags: [...clientFlags(), ...targetFlags()],
      });
      const session = join(folder, `session${version}`);
      const first = await handshake(sidecar.port, [version, '-sess_out', session]);
      expect(first).toMatch(/New, TLSv1\.[23]/);
      expect(await handshake(sidecar.port, [version, '-sess_in', session])).toMatch(/Reused, TLSv1\.[23]/);
    },
  );

  /** What openssl tells of a connection on which it asks for a page and reads it. */
  async function handshake(port: number, flags: readonly string[]): Promise<string> {
    const { path, environment } = programOf('openssl');
    const to = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'shop.test', '-CAfile', ca];
    await using running = new Running([path, ...to, ...flags], environment);
    running.write('GET /a.txt HTTP/1.0\r\n\r');
    await running.printed('stdout', /alpha/);
    running.endInput();
    await running.exitCode();
    return running.stdout;
  }
});
