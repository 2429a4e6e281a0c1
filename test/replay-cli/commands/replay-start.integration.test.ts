import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../../replay-cli/main.ts';
import { captured } from '../../program/sample-surroundings.ts';
import { type ExchangeSketch, makeTapeFolder, statusMark } from '../../tape/make-tape.ts';
import { deadPort, serve } from '../engine/service-under-test.ts';

const shop = join(import.meta.dirname, 'racy-shop.mjs');
const json = ['Content-Type', 'application/json'] as const;
const host = ['Host', 'shop'] as const;
const cart = 'cart-1-recorded';

/** What a client of the shop did when it failed: the discount came 50 ms after the item, which was being written. */
const failure: readonly ExchangeSketch[] = [
  {
    ...{ start: 0, end: 4, method: 'POST', target: '/carts', connection: 1, message: 0 },
    ...{ status: 201, reason: 'Created', responseFields: [json], responseBody: `{"id":"${cart}"}` },
  },
  {
    ...{ start: 20, end: 122, method: 'POST', target: `/carts/${cart}/items`, connection: 1, message: 1 },
    ...{ fields: [host], responseFields: [json], responseBody: `{"id":"${cart}"}` },
  },
  {
    ...{ start: 70, end: 112, method: 'POST', target: `/carts/${cart}/discount`, connection: 2, message: 0 },
    ...{ fields: [host], responseFields: [json], responseBody: `{"id":"${cart}"}` },
  },
  {
    ...{ start: 150, end: 153, method: 'POST', target: `/carts/${cart}/pay`, connection: 2, message: 1 },
    ...{ status: 500, responseFields: [json], responseBody: '{"error":"totals differ"}' },
    triggers: [statusMark('POST', `/carts/${cart}/pay`, 500, 153)],
  },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dvr-replay-'));
  await makeTapeFolder(
    folder,
    failure.toSorted((a, b) => (a.end ?? 0) - (b.end ?? 0)),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(...flags: string[]) {
  const around = captured();
  const tape = flags.includes('--tape') ? [] : ['--tape', folder];
  const code = await main(['replay', 'start', ...tape, ...flags], around, 'dvr-cli');
  return { code, out: around.out(), err: around.err() };
}

/** Replays to the shop, started by the replay itself. */
async function runShop(flags: readonly string[], env: readonly string[] = []) {
  const port = await deadPort();
  const variables = [`PORT=${port}`, ...env].flatMap((setting) => ['--env', setting]);
  const exec = `"${process.execPath}" "${shop}"`;
  return run('--target', `http://127.0.0.1:${port}`, '--exec', exec, ...variables, ...flags);
}

describe('replay start', () => {
  it('reproduces the failure with recorded timing, on the shop that has the race', async () => {
    const { code, out, err } = await runShop(['--expect', 'reproduced']);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(out).toContain('Reproduced: payload 4 failed as recorded (POST /carts/{id}/pay 500)');
    expect(out).toContain('Sent 4 of 4 payloads');
    expect(out).toContain('3 moved values replaced');
    expect(out).toContain('Overlaps: 1 of 1 kept');
  });

  it('does not reproduce it without the recorded gaps, and says that this shows no fix', async () => {
    const { code, out } = await runShop(['--timing', 'fast', '--expect', 'reproduced']);
    expect(code).toBe(3);
    expect(out).toContain('Not reproduced; this shows no fix, since `fast` drops the recorded gaps');
    expect(out).toContain('1. timing fast sends without the recorded gaps');
  });

  it('says fixed where the shop has the lock', async () => {
    const { code, out } = await runShop(['--expect', 'fixed'], ['LOCK=1']);
    expect(code).toBe(0);
    expect(out).toContain('Fixed: payload 4 succeeded where the tape has POST /carts/{id}/pay 500');
  });

  describe('of a tape with a payload that cannot be sent', () => {
    const [first, ...rest] = failure;
    const tunnel: ExchangeSketch = {
      start: 10,
      end: 12,
      method: 'CONNECT',
      target: 'shop:443',
      connection: 3,
    };
    let holed: string;
    beforeAll(async () => {
      holed = await mkdtemp(join(tmpdir(), 'dvr-replay-'));
      const all = [first!, tunnel, ...rest].toSorted((a, b) => (a.end ?? 0) - (b.end ?? 0));
      await makeTapeFolder(holed, all);
    });
    afterAll(() => rm(holed, { recursive: true, force: true }));

    it('shows neither the failure nor a fix, and exits with 1', async () => {
      const failed = await runShop(['--tape', holed]);
      expect(failed.out).toContain(
        'Not reproduced: payload 5 failed as recorded, which shows nothing: payload 2 could not be sent: it opens a tunnel',
      );
      expect(failed.code).toBe(1);
      expect(failed.err).toContain('payload 2 could not be sent');
      const passed = await runShop(['--tape', holed], ['LOCK=1']);
      expect(passed.out).toContain('payload 5 did not fail as recorded, which shows no fix: payload 2 could');
      expect(passed.code).toBe(1);
    });

    it('does not meet an expectation', async () => {
      expect((await runShop(['--tape', holed, '--expect', 'fixed'], ['LOCK=1'])).code).toBe(3);
      expect((await runShop(['--tape', holed, '--expect', 'reproduced'])).code).toBe(3);
    });
  });

  it.each(['500', '404'])('calls a service that answers %s to everything diverged', async (status) => {
    const { code, out } = await runShop(['--expect', 'reproduced'], [`BREAK=${status}`]);
    expect(code).toBe(3);
    expect(out).toContain(`Diverged at payload 1: ${status}`);
  });

  it('is an error at a dead port, and no verdict', async () => {
    const { code, out, err } = await run('--target', `http://127.0.0.1:${await deadPort()}`);
    expect(code).toBe(5);
    expect(out).toBe('');
    expect(err).toContain('nothing answers at http://127.0.0.1:');
  });

  it.each([1, 3])('is an error where the target goes away after %s of four payloads', async (answers) => {
    let asked = 0;
    await using service = await serve((_, response) => {
      asked++;
      response.writeHead(201, { 'Content-Type': 'application/json', Connection: 'close' });
      response.end(`{"id":"${cart}"}`);
      if (asked === answers) service.server.close();
    });
    const { code, out } = await run('--target', service.target.url);
    expect({ code, out, asked }).toEqual({ code: 5, out: '', asked: answers });
  });

  it('ends as soon as it has told that the target went away', async () => {
    await using service = await serve((_, response) => {
      response.writeHead(201, { 'Content-Type': 'application/json', Connection: 'close' });
      response.end(`{"id":"${cart}"}`);
      service.server.close();
    });
    const program = join(import.meta.dirname, '../../../replay-cli/main.ts');
    const flags = ['replay', 'start', '--tape', folder, '--target', service.target.url];
    const child = spawn(process.execPath, [program, ...flags], { stdio: 'ignore' });
    try {
      const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(20_000) });
      expect(code).toBe(5);
    } finally {
      child.kill('SIGKILL');
    }
  }, 30_000);

  it('ends by an interrupt in a script of step mode, and obeys no further line', async () => {
    await using service = await serve((_, response) => void response.writeHead(201).write('{'));
    const program = join(import.meta.dirname, '../../../replay-cli/main.ts');
    const flags = ['replay', 'start', '--step-mode', '--tape', folder, '--target', service.target.url];
    const child = spawn(process.execPath, [program, ...flags]);
    try {
      const exit = once(child, 'exit', { signal: AbortSignal.timeout(20_000) });
      let out = '';
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString();
      });
      child.stdin.write('continue\nlist\nnext\n');
      await expect.poll(() => out, { timeout: 15_000 }).toContain('[Sent]');
      child.kill('SIGINT');
      expect(await exit).toEqual([1, null]);
      expect(out).toContain('[Stopped]');
      expect(out).not.toContain('dvr> list');
    } finally {
      child.kill('SIGKILL');
    }
  }, 30_000);

  it('prints one JSON object with --json', async () => {
    const { out } = await runShop(['--json']);
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'reproduced',
      payload: 4,
      sent: 4,
      received: 4,
      overlaps: { recorded: 1, kept: 1, lost: [] },
      difference_count: 0,
      send_error_ms: { count: 4 },
    });
  });

  it('says an expectation that was not met as any other error', async () => {
    const plain = await runShop(['--expect', 'fixed']);
    expect(plain.code).toBe(3);
    expect(plain.err).toContain('dvr-cli: expected fixed, and it is reproduced\n');
    const { code, err } = await runShop(['--expect', 'fixed', '--json']);
    const last = err.trimEnd().split('\n').at(-1) ?? '';
    expect(code).toBe(3);
    expect(JSON.parse(last)).toMatchObject({ error: { code: 'expectation-not-met', exit_code: 3 } });
  });

  it('names the sessions of the tape where there is none of that name', async () => {
    const told = await mkdtemp(join(tmpdir(), 'dvr-replay-'));
    await makeTapeFolder(
      told,
      ['ann', 'bob', 'ann'].map((session, at) => ({ start: at * 20, session })),
    );
    const { code, err } = await run('--tape', told, '--target', 'http://localhost:1', '--session', 'nope');
    await rm(told, { recursive: true });
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('has no session nope') });
    expect(err).toContain('Its sessions are ann, bob.');
  });

  it('exits with 0 for any verdict where none is expected', async () => {
    expect((await runShop([], ['BREAK=500'])).code).toBe(0);
  });

  it('says why the service that it was to start is not ready', async () => {
    const port = await deadPort();
    const target = ['--target', `http://127.0.0.1:${port}`];
    const ended = await run(...target, '--exec', `"${process.execPath}" -e "process.exit(7)"`);
    expect(ended).toMatchObject({
      code: 1,
      err: expect.stringContaining('ended before it was ready (exit code 7)'),
    });
    const missing = await run(...target, '--exec', 'no-such-program-anywhere');
    expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('could not be started (ENOENT)') });
    const variable = await run(...target, '--exec', 'LOCK=1 node shop.mjs');
    expect(variable.err).toContain('Set a variable with --env LOCK=1');
  });

  it.each([
    [['--target', 'http://localhost:1', '--target-ca', 'ca.pem'], 'no target is https'],
    [['--target', 'https://localhost:1', '--target-ca', 'nowhere.pem'], 'cannot be read'],
    [['--target', 'localhost:8080'], 'must begin with http://'],
    [['--target', 'billing=http://localhost:1'], 'the tape has no service billing'],
    [['--target', 'http://localhost:1', '--exec', 'a | b'], 'only a shell understands'],
    [['--target', 'http://localhost:1', '--exec', '"a'], 'not closed'],
    [['--target', 'http://localhost:1', '--header', 'x'], 'NAME: VALUE'],
    [['--target', 'http://localhost:1', '--map', 'x'], 'OLD=NEW'],
    [['--target', 'http://localhost:1', '--session', 'nobody'], 'the tape knows no sessions'],
    [['--target', 'http://localhost:1', '--session'], 'belongs to no session'],
    [['--target', 'http://localhost:1', '--env', 'A=1'], 'there is no --exec'],
    [['--target', 'http://localhost:1', '--ready', 'http://localhost:1/up'], 'there is no --exec'],
    [['--target', 'http://localhost:1', '--reset', 'true', '--ready', 'tcp'], 'there is no --exec'],
    [['--target', 'http://localhost:1', '--timing', 'slow'], 'one of causal, absolute, fast'],
  ])('refuses %j', async (flags, why) => {
    const { code, err } = await run(...flags);
    expect({ code, err }).toMatchObject({ err: expect.stringContaining(why) });
    expect(code).toBe(2);
  });
});
