import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generateKeyPair } from '../../sealing/index.ts';
import { freePort } from '../parts/server.ts';
import { makeCertificate, writeCertificate } from './parts/certificates.ts';
import { answer, request } from './parts/recorded.ts';
import { connect, deadPort, type Peer, type Service, service } from './parts/sockets.ts';
import { connectEncrypted } from './relay/tls/encrypted-peers.ts';

const main = join(import.meta.dirname, '../../interceptor/main.ts');

/** The tunnel of the article, to the letter. */
const article = join(import.meta.dirname, '../tunnel/fixtures/article.yaml');

let folder: string;
let target: Service;
let running: ChildProcess | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dvr-main-'));
  target = await service();
  await copyFile(article, join(folder, 'tunnel.yaml'));
  await writeFile(join(folder, 'key.pub'), generateKeyPair().publicPem);
});
afterEach(async () => {
  running?.kill('SIGKILL');
  await target[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Starts the program; its ledger is out of reach, and the traffic does not care. */
async function start(...more: readonly string[]) {
  const port = await freePort();
  const args = [
    ...['--import', join(import.meta.dirname, 'parts/tell-loaded.ts'), main],
    ...['--config', join(folder, 'tunnel.yaml'), '--public-key', join(folder, 'key.pub')],
    ...['--listen', `127.0.0.1:${port}`, '--target', `http://127.0.0.1:${target.port}`],
    ...['--ledger', `redis://127.0.0.1:${await deadPort()}`, ...more],
  ];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, XDG_CONFIG_HOME: folder },
  });
  running = child;
  let log = '';
  child.stderr.on('data', (bytes: Buffer) => {
    log += bytes.toString();
  });
  const exited = once(child, 'exit');
  await Promise.race([exited, expect.poll(() => log, { timeout: 15_000 }).toContain('relaying')]);
  return { child, port, exited, log: () => log };
}

async function pair(port: number): Promise<[client: Peer, server: Peer]> {
  const client = connect(port);
  return [client, await target.accepted()];
}

describe('dvr-interceptor', () => {
  test('keeps what it has no use for out of memory: TLS, HTTP/2, zlib, workers, and what fetch is made of', async () => {
    const { child, port, log } = await start('--admin', '0');
    const [client, server] = await pair(port);
    client.socket.write(request('/a'));
    await server.until((peer) => peer.text === request('/a'));
    child.kill('SIGUSR2');
    await expect.poll(log).toMatch(/^loaded: .*\]$/m);
    const loaded: string[] = JSON.parse(/^loaded: (.*)$/m.exec(log())?.[1] ?? '');
    expect(loaded).toContain('NativeModule http');
    const idle = ['tls', 'http2', 'zlib', 'worker_threads', 'internal/worker', 'internal/deps/undici/undici'];
    expect(loaded.filter((name) => idle.some((one) => name === `NativeModule ${one}`))).toEqual([]);
  });

  test("takes the article's tunnel, relays with the ledger out of reach, and drains on SIGTERM", async () => {
    const { child, port, exited, log } = await start();
    const [client, server] = await pair(port);
    client.socket.write(request('/a'));
    await server.until((peer) => peer.text === request('/a'));
    child.kill('SIGTERM');
    await expect.poll(log).toContain('SIGTERM');
    server.socket.end(answer(200, 'to the end'));
    await client.until((peer) => peer.end === 'fin');
    client.socket.end();
    expect(client.text).toBe(answer(200, 'to the end'));
    expect(await exited).toEqual([0, null]);
    expect(log()).toContain('handing over to the ledger');
  });

  test('ends at once on the second signal', async () => {
    const { child, port, exited, log } = await start('--drain', '60s');
    const [client, server] = await pair(port);
    client.socket.write(request('/a'));
    await server.until((peer) => peer.text === request('/a'));
    child.kill('SIGTERM');
    await expect.poll(log).toContain('SIGTERM');
    expect(child.exitCode).toBeNull();
    child.kill('SIGTERM');
    expect(await exited).toEqual([143, null]);
  });

  test('says what is wrong with a port in use, and exits', async () => {
    await using other = await service();
    const { exited, log } = await start('--listen', `127.0.0.1:${other.port}`);
    expect(await exited).toEqual([1, null]);
    expect(log()).toContain(`cannot listen on 127.0.0.1:${other.port}`);
  });

  test('ends where its admin port is in use, and listens no more', async () => {
    const { port, exited, log } = await start('--admin', `${target.port}`);
    expect(await exited).toEqual([1, null]);
    expect(log()).toContain('admin port');
    await connect(port).until((peer) => peer.end === 'reset');
  });

  test('refuses itself as its target', async () => {
    const { exited, log } = await start('--listen', `${target.port}`);
    expect(await exited).toEqual([2, null]);
    expect(log()).toContain('is where --listen takes connections');
  });

  test('refuses a ledger in memory, and flags of TLS that do not fit together', async () => {
    const memory = await start('--ledger', 'memory:');
    expect(await memory.exited).toEqual([2, null]);
    for (const [flags, told] of [
      [['--tls-cert', 'tls.crt'], 'there are 1 --tls-cert and 0 --tls-key'],
      [['--tls-client-ca', 'ca.crt'], '--tls-client-ca means nothing here'],
      [['--target-ca', 'ca.crt'], '--target-ca means nothing here: the target is http'],
      [['--target', 'https://localhost', '--target-key', 'a.key'], 'there is no --target-cert'],
      [['--tls-cert', 'none.crt', '--tls-key', 'none.key'], 'none.crt cannot be used for TLS'],
    ] as const) {
      const refused = await start(...flags);
      expect(await refused.exited).toEqual([2, null]);
      expect(refused.log()).toContain(told);
    }
  });

  test('ends the encryption of clients, and tells in its metrics when the certificate expires', async () => {
    const expires = Math.ceil(Date.now() / 1000) * 1000 + 3_600_000;
    const made = makeCertificate({ name: 'shop.test', expires });
    const { cert, key } = writeCertificate(folder, 'tls', made);
    const admin = await freePort();
    const { port, log, child, exited } = await start(
      '--tls-cert',
      cert,
      '--tls-key',
      key,
      '--admin',
      `${admin}`,
    );
    const client = connectEncrypted(port, { ca: made.cert, servername: 'shop.test' });
    client.socket.write(request('/'));
    const server = await target.accepted();
    await server.until((p) => p.text.endsWith('\r\n\r\n'));
    server.socket.write(answer(200, 'hello'));
    await client.until((p) => p.text.endsWith('hello'));
    const metrics = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
    expect(metrics).toContain(`tls_certificate_expiry_timestamp_seconds{file="${cert}"} ${expires / 1000}`);
    expect(metrics).toContain('dvr_interceptor_tls_handshakes_total 1');
    expect(metrics).toContain('dvr_interceptor_tls_handshakes_failed_total{reason="not_tls"} 0');
    client.socket.end();
    server.socket.end();
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(log()).not.toContain('hello');
  });
});
