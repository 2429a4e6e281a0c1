import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { main } from '../../../replay-cli/main.ts';
import { readOpeningKey, readSealingKey } from '../../../sealing/index.ts';
import { Program } from '../../committer/program.ts';
import { captured } from '../../program/sample-surroundings.ts';

async function run(...argv: string[]) {
  const around = captured();
  const code = await main(argv, around, '/usr/bin/dvr-cli');
  return { code, out: around.out(), err: around.err() };
}

describe('commit', () => {
  test('of a running recording makes a tape by hand', { timeout: 60_000 }, async () => {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'dvr-commit-'));
    stack.defer(() => rm(folder, { recursive: true }));
    const service = createServer((_, response) => response.end('fine'));
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    stack.defer(() => void service.close());
    const target = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    const recording = stack.use(
      new Program('dvr-cli', [
        ...['record', '--target', target, '--listen', '0', '--admin', '0'],
        ...['--vault', `file://${folder}`, '--tail', '50ms'],
      ]),
    );
    await recording.says(/recording: port (\d+)/);
    const [, port] = /port (\d+)/.exec(recording.log)!;
    const [, admin] = / admin=(\d+)/.exec(recording.log)!;
    await (await fetch(`http://127.0.0.1:${port}/hello`)).text();
    const { code, out } = await run('commit', '--admin', admin!);
    expect({ code, out }).toEqual({ code: 0, out: 'A commit was requested.\n' });
    await recording.says(/tape-id-\w+-manual/);
  });

  test('says what is missing, and what does not answer', async () => {
    expect(await run('commit')).toMatchObject({ code: 2, err: expect.stringContaining('--admin PORT') });
    const half = await run('commit', '--ledger', 'redis://127.0.0.1:1', '--config', 'x.yaml');
    expect(half).toMatchObject({ code: 2, err: expect.stringContaining('--public-key') });
    expect(await run('commit', '--admin', '127.0.0.1:1')).toMatchObject({ code: 5 });
  });

  test('is told by a port that takes none', async () => {
    await using stack = new AsyncDisposableStack();
    const other = createServer((_, response) => response.writeHead(405).end());
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    stack.defer(() => void other.close());
    const { port } = other.address() as AddressInfo;
    expect(await run('commit', '--admin', String(port))).toMatchObject({
      code: 4,
      err: expect.stringContaining('405'),
    });
  });
});

test('keys create writes a pair once, and tells where', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dvr-keys-'));
  try {
    const { code, out } = await run('keys', 'create', '--json', '--out', folder);
    expect(code).toBe(0);
    const files = JSON.parse(out);
    const sealing = await readSealingKey(files.public_key);
    expect((await readOpeningKey(files.private_key)).raw.equals(sealing.raw)).toBe(true);
    expect(await run('keys', 'create', '--out', folder)).toMatchObject({ code: 1, out: '' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
