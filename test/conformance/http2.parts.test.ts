import { describe, expect, it } from 'vitest';
import type { ExchangeWithBodies } from '../../tape/exchange.ts';
import { needs } from '../parts/needs.ts';
import { type Peer, runClient, startNghttpd, startNginx } from './peers.ts';
import { startSidecar } from './sidecar.ts';

const deadlineMs = 60_000;
const pages = { 'a.txt': 'alpha '.repeat(50), 'big.txt': 'omega '.repeat(40_000), 'empty.txt': '' };

/** Answers as a test compares them: the target, the status and the body's bytes. */
function answers(exchanges: readonly ExchangeWithBodies[]): unknown[] {
  return exchanges.map(({ exchange, responseBody }) => [
    exchange.request.head.target,
    exchange.response?.head.status,
    Buffer.from(responseBody).toString(),
  ]);
}

const servers: readonly [name: string, start: () => Promise<Peer>][] = [
  ['nginx', () => startNginx(pages, true)],
  ['nghttpd', () => startNghttpd(pages)],
];

describe.for(servers)(
  '%s over HTTP/2',
  needs('nginx', 'nghttpd', 'nghttp', 'h2load', 'curl'),
  ([name, start]) => {
    it('gives curl the same through the sidecar, and the tape holds it', {
      timeout: deadlineMs,
    }, async () => {
      const peer = await start();
      await using _ = peer.server;
      await using sidecar = await startSidecar(peer.port);
      const targets = ['/a.txt', '/big.txt', '/empty.txt', '/none'];
      // One run a target: some curl fails at its second request over one connection of prior knowledge.
      const fetched = async (port: number) => {
        const flags = ['-sS', '--http2-prior-knowledge', '-w', '%{http_code} %{http_version}'];
        const answers: string[] = [];
        for (const target of targets) {
          answers.push(await runClient('curl', [...flags, `http://127.0.0.1:${port}${target}`]));
        }
        return answers;
      };
      const direct = await fetched(peer.port);
      expect(await fetched(sidecar.port)).toEqual(direct);
      const { exchanges, manifest } = await sidecar.tape();
      expect(exchanges.map(({ exchange }) => exchange.request.head.target)).toEqual(targets);
      const bodies = exchanges.map(({ responseBody }) => Buffer.from(responseBody).toString());
      expect(bodies.slice(0, 3)).toEqual(Object.values(pages));
      expect(exchanges.map(({ exchange }) => exchange.response?.head.status)).toEqual([200, 200, 200, 404]);
      expect(manifest.gaps).toEqual([]);
    });

    it('serves nghttp many streams of one connection at once', { timeout: deadlineMs }, async () => {
      const peer = await start();
      await using _ = peer.server;
      await using sidecar = await startSidecar(peer.port);
      const base = `http://127.0.0.1:${sidecar.port}`;
      await runClient('nghttp', [
        '-n',
        '--no-dep',
        '-H',
        'accept-encoding: identity',
        '-m',
        '5',
        `${base}/a.txt`,
        `${base}/big.txt`,
      ]);
      const { exchanges, manifest } = await sidecar.tape();
      expect(new Set(exchanges.map(({ exchange }) => exchange.connection)).size).toBe(1);
      const expected = [...Array(5).fill('/a.txt'), ...Array(5).fill('/big.txt')];
      expect(exchanges.map(({ exchange }) => exchange.request.head.target).toSorted()).toEqual(expected);
      for (const [target, status, body] of answers(exchanges) as [string, number, string][]) {
        expect(status).toBe(200);
        expect(body).toBe(target === '/a.txt' ? pages['a.txt'] : pages['big.txt']);
      }
      expect(manifest.gaps).toEqual([]);
    });

    it(`answers h2load's requests all, and ${name} none more than were asked`, {
      timeout: deadlineMs,
    }, async () => {
      const peer = await start();
      await using _ = peer.server;
      await using sidecar = await startSidecar(peer.port);
      const url = `http://127.0.0.1:${sidecar.port}/a.txt`;
      const printed = await runClient('h2load', ['-n', '800', '-c', '4', '-m', '10', url]);
      expect(printed).toMatch(/800 total, 800 started, 800 done, 800 succeeded, 0 failed/);
      const { exchanges, manifest } = await sidecar.tape();
      expect(new Set(answers(exchanges).map(String))).toEqual(new Set([`/a.txt,200,${pages['a.txt']}`]));
      expect(exchanges).toHaveLength(800);
      expect(manifest.gaps).toEqual([]);
    });
  },
);
