import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { WindowDecoder } from '../../committer/decode/window-decoder.ts';
import { DvrError } from '../../errors/index.ts';
import { fingerprint } from '../../tape/fingerprint.ts';
import { FilesystemVaultWriter } from '../../vault/filesystem/vault-writer.ts';
import { startWorld, tunnelYaml } from './world.ts';

const get = (path: string): { request: string } => ({ request: `GET ${path} HTTP/1.1` });
const targets = (exchanges: readonly { exchange: { request: { head: { target: string } } } }[]): string[] =>
  exchanges.map(({ exchange }) => exchange.request.head.target);

async function everyFile(folder: string): Promise<Buffer> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) =>
    file.isFile(),
  );
  return Buffer.concat(await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name)))));
}

describe('a commit', () => {
  test('makes one tape of the window, with the failed exchange marked', async () => {
    await using world = await startWorld();
    const { recording } = world;
    recording.exchange({ ...get('/cart'), responseBody: '{"items":1}' });
    const failed = recording.exchange({ request: 'POST /pay HTTP/1.1', requestBody: 'a=1', status: 500 });
    recording.trigger(failed, { fingerprint: fingerprint('POST', '/pay', '500') });
    await world.commit();
    const [tape, ...others] = await world.tapes();
    expect(others).toEqual([]);
    expect(targets(tape!.exchanges)).toEqual(['/cart', '/pay']);
    const { manifest } = tape!;
    expect(manifest).toMatchObject({
      namespace: 'shop',
      tunnel: 'qa',
      primary: 'shop:8080',
      scope: 'tunnel',
      counts: { exchanges: 2, connections: 2 },
      gaps: [],
    });
    expect(manifest.triggers).toMatchObject([
      { trigger: 'on_status', fingerprint: 'POST /pay 500', detail: '500', exchange: 2 },
    ]);
    expect(tape!.exchanges[1]!.exchange.triggers).toHaveLength(1);
    expect(Buffer.from(tape!.exchanges[0]!.responseBody).toString()).toBe('{"items":1}');
    const { asked, kept } = manifest.window;
    expect(asked.to - asked.from).toBe(300_000 + 400);
    expect(kept.from).toBeGreaterThan(asked.from);
    expect(kept.to).toBeLessThanOrEqual(asked.to);
    expect(Math.abs(Number(manifest.clock.start) / 1e6 - Date.now())).toBeLessThan(60_000);
  });

  test('lets no secret through to the vault, in bodies, heads, marks or session values', async () => {
    const yaml = tunnelYaml('  capture:\n    session_key:\n      cookie: sid\n');
    await using world = await startWorld(yaml);
    const { recording } = world;
    const failed = recording.exchange({
      request: 'POST /u/canary@mail.example/pay?token=canary-token-1 HTTP/1.1',
      fields: [
        'Authorization: Bearer canary-token-1',
        'Cookie: sid=canary-session-1',
        'Content-Type: application/json',
      ],
      requestBody: '{"password":"canary-password-1"}',
      status: 500,
    });
    recording.trigger(failed, {
      fingerprint: fingerprint('POST', '/u/canary@mail.example/pay', '500'),
      scope: 'session',
      session: 'canary-session-1',
    });
    recording.trigger(999, {
      fingerprint: 'POST /u/canary@mail.example/other 500',
      scope: 'session',
      session: 'canary-session-1',
    });
    await world.commit();
    const [tape] = await world.tapes();
    expect(tape!.manifest.triggers).toHaveLength(2);
    expect(tape!.manifest.sessions).toHaveLength(1);
    expect(tape!.exchanges[0]!.exchange.session).toBe(tape!.manifest.sessions[0]);
    const shown = JSON.stringify([tape!.manifest, tape!.exchanges.map(({ exchange }) => exchange)]);
    const bodies = tape!.exchanges.map(({ requestBody }) => Buffer.from(requestBody).toString()).join();
    expect(shown + bodies).not.toMatch(/canary/);
    expect((await everyFile(world.folder)).includes('canary')).toBe(false);
  });

  test('of scope session keeps the sessions of all joined requests, and tells what it left out', async () => {
    const yaml = tunnelYaml('  capture:\n    session_key:\n      header: x-session\n');
    await using world = await startWorld(yaml);
    const { recording } = world;
    const of = (session: string, path: string): number =>
      recording.exchange({
        ...get(path),
        fields: [`X-Session: ${session}`],
        status: path === '/bad' ? 500 : 200,
      });
    of('one', '/1');
    of('two', '/2');
    of('three', '/3');
    recording.exchange(get('/none'));
    recording.trigger(of('one', '/bad'), { scope: 'session', session: 'one' });
    recording.trigger(of('three', '/bad'), { scope: 'session', session: 'three' });
    await world.commit();
    const tapes = await world.tapes();
    expect(tapes).toHaveLength(1);
    expect(targets(tapes[0]!.exchanges)).toEqual(['/1', '/3', '/bad', '/bad']);
    expect(tapes[0]!.manifest).toMatchObject({
      scope: 'session',
      triggers: [{ exchange: 3 }, { exchange: 4 }],
      gaps: [{ cause: 'session_scope', count: 2, unit: 'exchanges' }],
    });
    expect(new Set(tapes[0]!.manifest.sessions).size).toBe(2);
  });

  test('marks the exchanges of its own requests, and not what failed earlier in the window', async () => {
    await using world = await startWorld();
    const { recording } = world;
    const bad = (): number => recording.exchange({ ...get('/bad'), status: 500 });
    recording.trigger(bad());
    await world.commit();
    recording.trigger(bad());
    await world.ledger.settled({ namespace: 'shop', tunnel: 'qa' }, 5000);
    const tapes = await world.tapes();
    expect(tapes.map(({ manifest }) => manifest.triggers.map((mark) => mark.exchange))).toEqual([[1], [2]]);
    expect(tapes[1]!.exchanges[0]!.exchange.triggers).toBeUndefined();
    expect(tapes[0]!.manifest.id).not.toBe(tapes[1]!.manifest.id);
  });

  test('joins the storm of requests that came within the tail', async () => {
    await using world = await startWorld(tunnelYaml('', '2s'));
    const { recording } = world;
    for (let i = 0; i < 20; i++) recording.trigger(recording.exchange({ ...get(`/bad/${i}`), status: 500 }));
    await world.commit();
    const tapes = await world.tapes();
    expect(tapes).toHaveLength(1);
    expect(tapes[0]!.manifest.triggers).toHaveLength(20);
    expect(world.happened).toMatchObject([{ kind: 'committed', detail: { joined: 20 } }]);
  });

  test('joined from two pods holds the exchanges of both, by time', async () => {
    await using world = await startWorld();
    const other = world.another('shop-2');
    world.another('shop-3').exchange(get('/elsewhere'));
    other.exchange(get('/first'));
    world.recording.trigger(world.recording.exchange({ ...get('/a'), status: 500 }));
    other.trigger(other.exchange({ ...get('/b'), status: 500 }));
    await world.commit();
    const [tape] = await world.tapes();
    expect(targets(tape!.exchanges)).toEqual(['/first', '/a', '/b']);
    expect(new Set(tape!.exchanges.map(({ exchange }) => exchange.connection)).size).toBe(3);
    expect(tape!.manifest.triggers.map((mark) => mark.exchange)).toEqual([2, 3]);
    const instances = tape!.manifest.instances;
    expect(instances).toMatchObject([
      { pod: 'shop-1', instance: world.recording.sealer.instance, service: 'shop:8080' },
      { pod: 'shop-2', instance: other.sealer.instance, service: 'shop:8080' },
    ]);
    for (const { ledger_ahead_ms } of instances) expect(Math.abs(ledger_ahead_ms)).toBeLessThan(60_000);
    expect(tape!.exchanges.map(({ exchange }) => exchange.instance)).toEqual([1, 0, 1]);
  });

  test('by hand takes every pod, and has an id that says so', async () => {
    await using world = await startWorld();
    world.recording.exchange(get('/a'));
    world.another('shop-2').exchange(get('/b'));
    world.recording.trigger(0, {
      trigger: 'manual',
      pod: '',
      instance: '',
      detail: '',
      fingerprint: 'manual',
    });
    await world.commit();
    const [tape] = await world.tapes();
    expect(targets(tape!.exchanges).sort()).toEqual(['/a', '/b']);
    expect(tape!.manifest.id).toMatch(/-manual$/);
    expect(tape!.manifest.triggers).toMatchObject([{ trigger: 'manual' }]);
    expect(tape!.manifest.gaps).toEqual([]);
  });

  test('waits for exchanges in flight, and keeps what ended in time whole', async () => {
    await using world = await startWorld(tunnelYaml('', '100ms', '5s'));
    const { recording } = world;
    const slow = recording.request(get('/slow'));
    recording.trigger(recording.exchange({ ...get('/bad'), status: 500 }));
    setTimeout(() => {
      recording.response(slow, { ...get('/slow'), responseBody: 'late' });
      recording.exchange(get('/after-the-window'));
    }, 1_000);
    await world.commit();
    const [tape] = await world.tapes();
    expect(targets(tape!.exchanges)).toEqual(['/slow', '/bad']);
    expect(Buffer.from(tape!.exchanges[0]!.responseBody).toString()).toBe('late');
    expect(tape!.manifest.gaps).toEqual([]);
  });

  test('gives up waiting for an exchange in flight at the limit, and says so', async () => {
    await using world = await startWorld(tunnelYaml('', '100ms', '300ms'));
    const { recording } = world;
    recording.request(get('/never'));
    recording.trigger(recording.exchange({ ...get('/bad'), status: 500 }));
    await world.commit();
    const [tape] = await world.tapes();
    expect(tape!.exchanges[0]!.exchange).toMatchObject({ failure: 'in_flight' });
    expect(tape!.manifest.gaps).toMatchObject([{ cause: 'in_flight_limit', count: 1, unit: 'exchanges' }]);
  });

  test('tells in the manifest what exchanges on the tape have lost', async () => {
    await using world = await startWorld(tunnelYaml('  capture:\n    body_limit: 4\n'));
    const { recording } = world;
    recording.trigger(recording.exchange({ ...get('/bad'), status: 500, responseBody: 'too long' }));
    await world.commit();
    const [tape] = await world.tapes();
    expect(tape!.manifest.gaps).toMatchObject([
      { cause: 'body_limit', count: 4, unit: 'bytes', what: 'of exchanges kept in part' },
      { cause: 'body_limit', count: 1, unit: 'exchanges', what: 'kept in part' },
    ]);
  });

  test('tells a sealed batch that does not open as a gap, and decodes on behind it', async () => {
    await using world = await startWorld();
    const { recording } = world;
    recording.exchange(get('/1'));
    recording.response(recording.request(get('/2')), get('/2'));
    const damaged = recording.seal();
    damaged.parts.at(-1)![0]! ^= 1;
    recording.appender.append(damaged);
    recording.trigger(recording.exchange({ ...get('/bad'), status: 500 }));
    await world.commit();
    const [tape] = await world.tapes();
    expect(targets(tape!.exchanges)).toEqual(['/1', '/bad']);
    expect(tape!.manifest.gaps).toContainEqual({ cause: 'unsealable', count: 1, unit: 'batches' });
  });

  test('tells batches that never came, and takes one that came twice once', async () => {
    await using world = await startWorld();
    const { recording } = world;
    recording.exchange(get('/1'));
    recording.response(recording.request(get('/lost')), get('/lost'));
    recording.seal();
    recording.response(recording.request(get('/twice')), get('/twice'));
    const twice = recording.seal();
    recording.appender.append(twice);
    recording.appender.append(twice);
    recording.trigger(recording.exchange({ ...get('/bad'), status: 500 }));
    await world.commit();
    const [tape] = await world.tapes();
    expect(targets(tape!.exchanges)).toEqual(['/1', '/twice', '/bad']);
    expect(tape!.manifest.gaps).toContainEqual({ cause: 'ledger_overload', count: 1, unit: 'batches' });
  });

  test('tells that the ledger had trimmed the window, and what was kept', async () => {
    await using world = await startWorld(tunnelYaml(), {}, 20_000);
    const { recording } = world;
    for (let i = 0; i < 30; i++) {
      recording.exchange({ ...get(`/${i}`), responseBody: 'x'.repeat(2000) });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    recording.trigger(recording.exchange({ ...get('/bad'), status: 500 }));
    await world.commit();
    const [tape] = await world.tapes();
    expect(tape!.exchanges.length).toBeLessThan(12);
    expect(targets(tape!.exchanges).at(-1)).toBe('/bad');
    expect(tape!.manifest.gaps.map((gap) => gap.cause)).toContain('evicted');
  });

  test('states the window by when traffic passed, not by when the ledger took it', async () => {
    await using world = await startWorld();
    const { recording } = world;
    recording.request(get('/early'));
    const late = recording.seal();
    await new Promise((resolve) => setTimeout(resolve, 300));
    recording.appender.append(late);
    recording.trigger(recording.exchange({ ...get('/bad'), status: 500 }));
    await world.commit();
    const [{ manifest, exchanges } = expect.unreachable()] = await world.tapes();
    const start = Number(manifest.clock.start) / 1e6;
    const { kept, asked } = manifest.window;
    expect(kept.from).toBeLessThanOrEqual(start + exchanges[0]!.exchange.times.requestStart / 1e6);
    expect(kept.from).toBeGreaterThan(asked.from);
    expect(kept.to).toBeGreaterThanOrEqual(start + exchanges[1]!.exchange.times.responseEnd! / 1e6);
    expect(kept.to).toBeLessThanOrEqual(asked.to);
  });

  test('tells that the exchange which a trigger fired on began before the window', async () => {
    await using world = await startWorld();
    const { recording } = world;
    const at = Date.now() - 1000;
    recording.trigger(recording.serviceClosed(), {
      trigger: 'on_exception',
      at: { process: 0, wallMs: at },
    });
    await world.commit();
    const [{ manifest, exchanges } = expect.unreachable()] = await world.tapes();
    expect(exchanges).toEqual([]);
    expect(manifest.triggers).toMatchObject([{ trigger: 'on_exception' }]);
    expect(manifest.gaps).toMatchObject([
      { cause: 'window_edge', count: 1, unit: 'exchanges', what: 'of the trigger on_exception' },
    ]);
    expect(manifest.window.kept.from).toBeLessThanOrEqual(at);
  });

  test('is made of the requests behind those that nobody can read', async () => {
    await using world = await startWorld();
    const { recording } = world;
    recording.appender.requestCommit(Buffer.from('noise'));
    recording.appender.requestCommit(Buffer.from('DVRM'));
    recording.trigger(recording.exchange({ ...get('/bad'), status: 500 }));
    await world.commit();
    expect(world.happened.map(({ kind }) => kind)).toEqual(['dropped', 'dropped', 'committed']);
    const [tape] = await world.tapes();
    expect(tape!.manifest.triggers).toHaveLength(1);
    expect(tape!.manifest.gaps).toEqual([]);
  });

  test('leaves out joined requests that nobody can read, acknowledges them and says so', async () => {
    await using world = await startWorld();
    const { recording } = world;
    recording.trigger(recording.exchange({ ...get('/bad'), status: 500 }));
    recording.appender.requestCommit(Buffer.from('no sealed request'));
    await world.commit();
    expect(world.happened).toMatchObject([{ kind: 'committed', detail: { joined: 2, unreadable: 1 } }]);
    const { manifest } = (await world.tapes())[0]!;
    expect(manifest.triggers).toHaveLength(1);
    expect(manifest.gaps).toEqual([{ cause: 'unsealable', count: 1, unit: 'requests' }]);
  });

  test('of a window of which nothing is left says so', async () => {
    await using world = await startWorld();
    world.recording.trigger(1);
    await world.commit();
    const [tape] = await world.tapes();
    expect(tape!.exchanges).toEqual([]);
    expect(tape!.manifest.triggers).toHaveLength(1);
  });
});

describe('a committer', () => {
  test('gives a window up that it cannot decode, and makes the next tape', { timeout: 60_000 }, async () => {
    let poisoned = true;
    await using world = await startWorld(tunnelYaml('', '10ms', '0s'), {
      createDecoder: (settings) => {
        if (poisoned) throw new TypeError('a defect');
        return new WindowDecoder(settings);
      },
    });
    const { recording } = world;
    recording.trigger(recording.exchange({ ...get('/poison'), status: 500 }));
    const first = await world.ledger
      .reader({ namespace: 'shop', tunnel: 'qa' })
      .claim(AbortSignal.timeout(1000));
    await first![Symbol.asyncDispose]();
    for (let attempt = 2; attempt <= 4; attempt++) {
      const claim = await world.ledger
        .reader({ namespace: 'shop', tunnel: 'qa' })
        .claim(AbortSignal.timeout(1000));
      expect(claim!.attempt).toBe(attempt);
      await claim![Symbol.asyncDispose]();
    }
    await world.commit();
    expect(world.happened.map(({ kind }) => kind)).toEqual(['failed', 'gaveUp']);
    expect(await world.tapes()).toEqual([]);
    poisoned = false;
    recording.trigger(recording.exchange({ ...get('/bad'), status: 500 }));
    await world.ledger.settled({ namespace: 'shop', tunnel: 'qa' }, 10_000);
    expect(await world.tapes()).toHaveLength(1);
  });

  test('counts no attempt where the ledger refuses', { timeout: 30_000 }, async () => {
    await using world = await startWorld(tunnelYaml('', '10ms', '0s'));
    let refusals = 2;
    const reader = world.ledger.reader({ namespace: 'shop', tunnel: 'qa' });
    world.recording.trigger(world.recording.exchange({ ...get('/bad'), status: 500 }));
    await world.commit({
      close: () => reader.close(),
      async claim(signal) {
        const claim = await reader.claim(signal);
        if (claim === undefined || refusals-- <= 0) return claim;
        const hold = () => Promise.reject(new DvrError('not-allowed', 'NOPERM copy'));
        return { ...claim, hold, [Symbol.asyncDispose]: () => claim[Symbol.asyncDispose]() };
      },
    });
    expect(world.happened).toMatchObject([
      { kind: 'failed', detail: { attempt: 1 } },
      { kind: 'failed', detail: { attempt: 1 } },
      { kind: 'committed' },
    ]);
  });

  test('tries a vault out of reach again, and loses nothing', { timeout: 30_000 }, async () => {
    const failures: unknown[] = [];
    await using world = await startWorld(tunnelYaml('', '10ms', '0s'), {
      onVaultFailure: (_id, error) => failures.push(error),
    });
    world.tools.vault = new AwayTwice(world.folder);
    world.recording.trigger(world.recording.exchange({ ...get('/bad'), status: 500 }));
    await world.commit();
    expect(failures).toHaveLength(2);
    expect(await world.tapes()).toHaveLength(1);
    expect(world.happened.map(({ kind }) => kind)).toEqual(['committed']);
  });
});

test('what fails while a tape waits for the vault keeps its window too', { timeout: 30_000 }, async () => {
  const refused = Promise.withResolvers<void>();
  const changes = { onVaultFailure: () => refused.resolve() };
  await using world = await startWorld(tunnelYaml('', '10ms', '0s'), changes, 20_000);
  const vault = new Away(world.folder);
  world.tools.vault = vault;
  const { recording } = world;
  recording.trigger(recording.exchange({ ...get('/first'), status: 500 }));
  const committed = world.commit();
  await refused.promise;
  const other = world.another('shop-2');
  for (const [at, pod] of [recording, other, recording].entries()) {
    pod.exchange(get(`/before-${at}`));
    pod.trigger(pod.exchange({ ...get(`/bad-${at}`), status: 500 }));
    // Longer than a reserve is renewed; then traffic pushes all that out of the ring.
    await delay(1_500);
    for (let i = 0; i < 40; i++) pod.exchange({ ...get('/noise'), responseBody: 'x'.repeat(1_000) });
  }
  vault.open = true;
  await committed;
  const tapes = await world.tapes();
  expect(world.happened.map(({ kind }) => kind)).toEqual(Array(4).fill('committed'));
  const seen = tapes.map(({ exchanges }) => targets(exchanges));
  for (const at of [0, 1, 2]) {
    const tape = seen.find((paths) => paths.at(-1) === `/bad-${at}`);
    expect(tape).toContain(`/before-${at}`);
  }
});

/** A vault that is out of reach until it is opened. */
class Away extends FilesystemVaultWriter {
  open = false;

  override async publish(...args: Parameters<FilesystemVaultWriter['publish']>) {
    if (!this.open) throw new DvrError('vault-out-of-reach', 'away');
    return super.publish(...args);
  }
}

/** A vault that is out of reach for its first two manifests. */
class AwayTwice extends FilesystemVaultWriter {
  #refusals = 2;

  override async publish(...args: Parameters<FilesystemVaultWriter['publish']>) {
    if (this.#refusals-- > 0) throw new DvrError('vault-out-of-reach', 'away');
    return super.publish(...args);
  }
}
