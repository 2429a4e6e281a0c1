import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../parts/needs.ts';
import { type RedisServer, startRedis } from '../parts/redis.ts';
import { type S3Server, startS3 } from '../parts/s3.ts';
import { attachIde } from '../replay-cli/debugger/services.ts';
import { Running, run, start } from './running.ts';

const service = join(import.meta.dirname, 'fixtures', 'service.ts');

/** The article's YAML, to the letter but for its indentation. */
const tunnel = join(import.meta.dirname, '..', 'tunnel', 'fixtures', 'article.yaml');

describe("the article's way, on a real Redis and a real S3", needs('redis-server', 's3-server'), () => {
  let folder: string;
  let redis: RedisServer;
  let s3: S3Server;
  let environment: NodeJS.ProcessEnv;
  let tape: string;
  const secret = 'sk-live-51Hx0bRfQ7pLmZtUvWyX';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dvr-article-'));
    [redis, s3] = await Promise.all([startRedis(), startS3()]);
    environment = {
      ...s3.environment,
      XDG_DATA_HOME: join(folder, 'data'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_STATE_HOME: join(folder, 'state'),
    };
    tape = await recordFailure();
  });

  afterAll(async () => {
    await Promise.all([redis?.[Symbol.asyncDispose](), s3?.[Symbol.asyncDispose]()]);
    await rm(folder, { recursive: true, force: true });
  });

  /** A 500 behind the interceptor; gives the id of the tape that a separate committer made of it. */
  async function recordFailure(): Promise<string> {
    const keys = join(folder, 'keys');
    const made = await run(environment, 'dvr-cli', 'keys', 'create', '--out', keys);
    expect(made.code, made.stderr).toBe(0);
    await using target = new Running([process.execPath, service]);
    const [port = ''] = await target.printed('stdout', /\d+/);
    const common = ['--config', tunnel, '--ledger', redis.url];
    await using committer = start(
      environment,
      'dvr-committer',
      ...common,
      ...['--vault', s3.url, '--private-key', join(keys, 'committer.key')],
    );
    await using interceptor = start(
      environment,
      'dvr-interceptor',
      ...common,
      ...['--listen', '127.0.0.1:0', '--target', `http://127.0.0.1:${port}`],
      ...['--public-key', join(keys, 'committer.pub')],
    );
    const [, relayed] = await interceptor.printed('stderr', /relaying port (\d+)/);
    for (const step of ['init', 'process_payment']) {
      await fetch(`http://127.0.0.1:${relayed}/api/v2/checkout/${step}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body: JSON.stringify({ step, token: secret }),
      }).then((answer) => answer.arrayBuffer());
    }
    const [id] = await committer.printed('stderr', /tape-id-[0-9A-Z]+-crash/);
    return id;
  }

  it('accepts the YAML in tunnel lint', async () => {
    expect((await run(environment, 'dvr-cli', 'tunnel', 'lint', tunnel)).code).toBe(0);
  });

  it('fetches the tape with the lines of the contract', async () => {
    const fetched = await run(environment, 'dvr-cli', 'fetch', tape, '--vault', s3.url);
    expect(fetched.code, fetched.stderr).toBe(0);
    expect(fetched.stdout).toBe(
      'Fetching payload sequence... Done.\nSanitizing local environment variables... Done.\n',
    );
    expect(fetched.stderr).not.toContain(secret);
  });

  it('has the mock token in place of the recorded one, the same in heads and bodies', async () => {
    const shown = await run(environment, 'dvr-cli', 'show', tape, '--payload', '2');
    expect(shown.code, shown.stderr).toBe(0);
    expect(shown.stdout).not.toContain(secret);
    const mock = /authorization: Bearer (\S+)/i.exec(shown.stdout)?.[1] ?? 'none';
    expect(shown.stdout.split(mock)).toHaveLength(3);
  });

  it('prints the transcript of the contract when next is piped in and the IDE has a breakpoint', async () => {
    await using target = new Running([process.execPath, '--inspect=127.0.0.1:0', service]);
    const [port = ''] = await target.printed('stdout', /\d+/);
    const [inspector = ''] = await target.printed('stderr', /ws:\/\/\S+/);
    const source = await readFile(service, 'utf8');
    const line = source.split('\n').findIndex((text) => text.includes('the breakpoint of')) + 1;
    const ide = await attachIde(inspector, line);
    await using stepping = start(
      environment,
      'dvr-cli',
      ...['replay', 'start', '--target', `http://127.0.0.1:${port}`, '--tape', tape, '--step-mode'],
    );
    stepping.write('next');
    stepping.write('next');
    await Promise.all([ide.paused(), stepping.printed('stdout', /\[Breakpoint hit in IDE\]\n/)]);
    const transcript = [
      'dvr> next',
      '[Sent] POST /api/v2/checkout/init (Payload ID: 1)',
      '[Received] 200 OK',
      'dvr> next',
      '[Sent] POST /api/v2/checkout/process_payment (Payload ID: 2)',
      '[Breakpoint hit in IDE]',
      '',
    ];
    expect(stepping.stdout).toBe(transcript.join('\n'));
    await ide.resume();
    await stepping.printed('stdout', /\[Received\] 500 Internal Server Error\n/);
    stepping.endInput();
    expect(await stepping.exitCode(), stepping.stderr).toBe(0);
    await ide.close();
  });
});
