import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { main } from '../../../replay-cli/main.ts';
import { Program } from '../../committer/program.ts';
import { captured } from '../../program/sample-surroundings.ts';

async function refused(...argv: string[]): Promise<string> {
  const around = captured();
  const code = await main(['record', '--listen', '0', ...argv], around, '/usr/bin/dvr-cli');
  expect(code).toBe(2);
  return around.err();
}

describe('record', () => {
  test('makes a tape of a failure and prints its id with the next command', { timeout: 60_000 }, async () => {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'dvr-record-'));
    stack.defer(() => rm(folder, { recursive: true }));
    const service = createServer((request, response) => {
      response.writeHead(request.url === '/fails' ? 503 : 200).end('answer');
    });
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    stack.defer(() => void service.close());
    const vault = `file://${folder}`;
    const recording = stack.use(
      new Program('dvr-cli', [
        ...['record', '--target', `http://127.0.0.1:${(service.address() as AddressInfo).port}`],
        ...['--listen', '0', '--vault', vault, '--tail', '50ms', '--session-cookie', 'sid'],
        ...['--scope', 'session'],
      ]),
    );
    await recording.says(/^info +recording: port (\d+)/);
    const [, port] = /port (\d+)/.exec(recording.log)!;
    const get = (path: string, sid: string) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie: `sid=${sid}` } }).then((r) => r.text());
    await get('/other', 'someone-else');
    await get('/before', 'the-one');
    await get('/fails', 'the-one');
    await recording.says(/tape-id-\w+-crash: 2 exchanges, .*Next: dvr-cli fetch tape-id-\w+-crash --vault/);
    expect(recording.log).toContain(`--vault '${vault}'`);
  });

  test('relays on after a fault that nobody caught', async () => {
    await using stack = new AsyncDisposableStack();
    const service = createServer((_, response) => response.end('answer'));
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    stack.defer(() => void service.close());
    const target = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    const faulty = "process.on('SIGUSR2',()=>{throw(new(Error)('a_defect'))})";
    const recording = stack.use(
      new Program('dvr-cli', ['record', '--target', target, '--listen', '0'], {
        NODE_OPTIONS: `--import=data:text/javascript,${faulty}`,
      }),
    );
    await recording.says(/recording: port (\d+)/);
    recording.signal('SIGUSR2');
    await recording.says(/a fault of this program; the traffic goes on/);
    const [, port] = /port (\d+)/.exec(recording.log)!;
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('answer');
    expect(await recording.end()).toBe(0);
  });

  test('refuses what it cannot do, by the name of the flag', async () => {
    const to = ['--target', 'http://127.0.0.1:1'];
    expect(await refused('--target', 'ftp://127.0.0.1:1')).toContain('--target');
    expect(await refused(...to, '--target-ca', 'ca.crt')).toContain('--target-ca');
    expect(await refused(...to, '--tls-cert', 'none.crt', '--tls-key', 'none.key')).toContain('none.crt');
    expect(await refused(...to, '--scope', 'session')).toContain('--session-cookie NAME');
    expect(await refused(...to, '--session-cookie', 'a', '--session-header', 'b')).toContain(
      '--session-header',
    );
    expect(await refused('--target', 'http://localhost:8482', '--listen', '8482')).toContain(
      '--listen takes',
    );
    expect(await refused(...to, '--scope', 'everything')).toContain('--scope');
  });
});
