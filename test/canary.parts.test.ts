import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { run, start } from './end-to-end/running.ts';
import { needs } from './parts/needs.ts';
import { type RedisServer, startRedis } from './parts/redis.ts';
import { type S3Server, startS3 } from './parts/s3.ts';

/** One secret of each detector. */
const canaries = {
  bearer: 'canaryBearer7Q2xkP90aLmZ',
  basic: 'canaryBasic5xK3v0',
  jwt: `eyJhbGciOiJIUzI1NiJ9.${Buffer.from('{"sub":"u-1"}').toString('base64url')}.Y2FuYXJ5LXNpZ25hdHVyZS0wMTIzNDU2Nzg5`,
  cookie: 'canaryCookie81kdLq0Zx',
  password: 'canaryPassw0rd-93',
  card: '4539578763621486',
  email: 'canary.mail@canary-shop.example.org',
} as const;

const tunnel = `apiVersion: networking.replay.io/v1alpha1
kind: StatefulTunnel
metadata:
  name: canary
  namespace: canaries
spec:
  mode: record
  capture:
    session_key: {cookie: sid}
  triggers:
    - on_status: [5xx]
  commit: {tail: 300ms}
`;

/** A service that gives every secret back, in many ways, over WebSocket and as events too, and fails. */
function service(): Server {
  const { bearer, jwt, cookie, email, card, password } = canaries;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.url === '/events') {
      response.setHeader('Content-Type', 'text/event-stream');
      response.write(`: for ${email}\nid: 1\ndata: {"password":\ndata: "${password}"}\n\n`);
      response.end(`event: paid\ndata: card ${card}, token ${jwt}\n\n`);
    } else if (request.url === '/login') {
      response.setHeader('Set-Cookie', `sid=${cookie}; Path=/; HttpOnly`);
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ handle: bearer, id_token: jwt, user: { email }, session: cookie }));
    } else if (request.url?.startsWith('/me') === true) {
      response.setHeader('Content-Type', 'application/json');
      response.setHeader('Content-Encoding', 'gzip');
      response.end(gzipSync(JSON.stringify({ you: request.headers, cards: [card], said: body })));
    } else {
      response.statusCode = 500;
      response.setHeader('Content-Type', 'text/plain');
      response.end(
        `Error: no\n  at pay(${email}, ${card})\n  headers ${JSON.stringify(request.headers)}\n  body ${body}\n`,
      );
    }
  });
  new WebSocketServer({ server, perMessageDeflate: { threshold: 0 } }).on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(`you said ${String(data)}`, { binary }));
  });
  return server;
}

/** Says every secret over WebSocket: compressed, in fragments, as binary, behind what Socket.IO writes, in a close. */
async function chat(url: string): Promise<void> {
  const { bearer, jwt, cookie, password, card, email } = canaries;
  const headers = { Authorization: `Bearer ${bearer}`, Cookie: `sid=${cookie}` };
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers });
  const heard = Promise.withResolvers<void>();
  let answers = 0;
  socket.on('message', () => {
    answers++;
    if (answers === 4) heard.resolve();
  });
  await once(socket, 'open');
  const whole = JSON.stringify({ password, card, mail: email, token: jwt });
  socket.send(whole);
  socket.send(whole.slice(0, 30), { fin: false });
  socket.ping(`for ${email}`);
  socket.send(whole.slice(30), { fin: true });
  socket.send(Buffer.from(whole));
  socket.send(`42["login",${whole}]`);
  await heard.promise;
  socket.close(4000, `bye ${email}`);
  await once(socket, 'close');
}

async function visit(url: string): Promise<void> {
  const { bearer, basic, jwt, cookie, password, card, email } = canaries;
  const json = { 'Content-Type': 'application/json' };
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const send = async (
    path: string,
    headers: Record<string, string>,
    body: string | Uint8Array,
  ): Promise<number> => {
    const answer = await fetch(url + path, { method: 'POST', headers, body });
    await answer.arrayBuffer();
    return answer.status;
  };
  const signedIn = { Authorization: `Bearer ${bearer}`, Cookie: `sid=${cookie}; theme=dark` };
  expect(await send('/login', json, JSON.stringify({ email, password }))).toBe(200);
  expect(
    await send(
      `/me?access_token=${bearer}&mail=${encodeURIComponent(email)}`,
      { ...json, ...signedIn },
      gzipSync('not json'),
    ),
  ).toBe(200);
  expect(await send('/me', { ...form, ...signedIn }, `card=${card}&password=${password}&jwt=${jwt}`)).toBe(
    200,
  );
  await chat(url);
  await (await fetch(`${url}/events`, { headers: signedIn })).arrayBuffer();
  const credentials = Buffer.from(`joe:${basic}`).toString('base64');
  expect(
    await send(
      '/me',
      { ...json, Authorization: `Basic ${credentials}`, Cookie: `sid=${cookie}` },
      `{"basic":"${basic}"}`,
    ),
  ).toBe(200);
  expect(
    await send(
      `/pay/${encodeURIComponent(email)}`,
      { ...json, ...signedIn },
      JSON.stringify({ card, pin: '1234', jwt }),
    ),
  ).toBe(500);
}

/** A secret as it stands, escaped, in hexadecimal, and in base64 at each of its three alignments. */
function spellings(secret: string): readonly string[] {
  const base64 = [0, 1, 2].map((shift) => {
    const encoded = Buffer.from('x'.repeat(shift) + secret).toString('base64');
    return encoded.slice(shift === 0 ? 0 : 4, -4);
  });
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString('hex'), ...base64];
}

/** Some bytes, and what every compressed stream in them holds, however deep. */
function* layers(bytes: Buffer): Generator<Buffer> {
  yield bytes;
  const kinds = [
    [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), zstdDecompressSync],
    [Buffer.from([0x1f, 0x8b, 0x08]), gunzipSync],
  ] as const;
  for (const [magic, open] of kinds) {
    for (let at = bytes.indexOf(magic); at !== -1; at = bytes.indexOf(magic, at + 1)) {
      try {
        // What stands behind a stream is no fault of it: gunzip takes it for one.
        yield* layers(Buffer.from(open(bytes.subarray(at), { finishFlush: 2 })));
      } catch {
        // Bytes that only look like the beginning of a stream.
      }
    }
  }
}

function found(where: Readonly<Record<string, Buffer>>): readonly string[] {
  return Object.entries(where).flatMap(([place, bytes]) => {
    const texts = [...layers(bytes)].map((layer) => layer.toString('latin1'));
    return Object.entries(canaries)
      .filter(([, secret]) => spellings(secret).some((spelling) => texts.some((t) => t.includes(spelling))))
      .map(([kind]) => `${kind} in ${place}`);
  });
}

async function filesIn(folder: string): Promise<Record<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(await Promise.all(files.map(async (path) => [path, await readFile(path)])));
}

/** Every byte that Redis holds. */
async function inRedis(redis: RedisServer): Promise<Record<string, Buffer>> {
  const client = new Redis(redis.socket);
  try {
    const keys = await client.keys('*');
    const held = keys.map(async (key): Promise<[string, Buffer]> => {
      const entries =
        key.includes('segments') || key.includes('hold') || key.includes('commits')
          ? await client.xrangeBuffer(key, '-', '+')
          : [];
      const dump = (await client.dumpBuffer(key)) ?? Buffer.alloc(0);
      return [`redis ${key}`, Buffer.concat([dump, ...entries.flatMap(([id, fields]) => [id, ...fields])])];
    });
    return Object.fromEntries(await Promise.all(held));
  } finally {
    client.disconnect();
  }
}

async function inS3(s3: S3Server): Promise<Record<string, Buffer>> {
  const client = new S3Client(s3.client);
  try {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: s3.bucket }));
    const objects = Contents.map(async ({ Key = '' }): Promise<[string, Buffer]> => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: s3.bucket, Key }));
      return [`s3 ${Key}`, Buffer.from((await Body?.transformToByteArray()) ?? [])];
    });
    return Object.fromEntries(await Promise.all(objects));
  } finally {
    client.destroy();
  }
}

describe('canaries of every detector, recorded and committed', needs('redis-server', 's3-server'), () => {
  let folder: string;
  let redis: RedisServer;
  let s3: S3Server;
  let origin: Server;
  let environment: NodeJS.ProcessEnv;
  const told: Record<string, Buffer> = {};
  const redisHeld: Record<string, Buffer>[] = [];
  let tape = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dvr-canary-'));
    [redis, s3] = await Promise.all([startRedis(), startS3()]);
    origin = service().listen(0, '127.0.0.1');
    environment = {
      ...s3.environment,
      DVR_LOG_LEVEL: 'debug',
      TMPDIR: folder,
      XDG_DATA_HOME: join(folder, 'data'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_STATE_HOME: join(folder, 'state'),
    };
    await writeFile(join(folder, 'tunnel.yaml'), tunnel);
    await recordAndCommit();
  }, 120_000);

  afterAll(async () => {
    origin.close();
    await Promise.all([redis?.[Symbol.asyncDispose](), s3?.[Symbol.asyncDispose]()]);
    await rm(folder, { recursive: true, force: true });
  });

  async function recordAndCommit(): Promise<void> {
    const keys = join(folder, 'keys');
    expect((await run(environment, 'dvr-cli', 'keys', 'create', '--out', keys)).code).toBe(0);
    const address = origin.address();
    const target = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const common = ['--config', join(folder, 'tunnel.yaml'), '--ledger', redis.url, '--admin', '127.0.0.1:0'];
    await using interceptor = start(
      environment,
      'dvr-interceptor',
      ...common,
      '--listen',
      '127.0.0.1:0',
      '--target',
      target,
      '--public-key',
      join(keys, 'committer.pub'),
    );
    const [, relayed] = await interceptor.printed('stderr', /relaying port (\d+)/);
    await visit(`http://127.0.0.1:${relayed}`);
    await vi.waitFor(async () => {
      expect(Object.keys(await inRedis(redis)).some((key) => key.includes('commits'))).toBe(true);
    });
    redisHeld.push(await inRedis(redis));
    await using committer = start(
      environment,
      'dvr-committer',
      ...common,
      '--vault',
      s3.url,
      '--private-key',
      join(keys, 'committer.key'),
    );
    [tape] = await committer.printed('stderr', /tape-id-[0-9A-Z]+-crash/);
    redisHeld.push(await inRedis(redis));
    for (const [name, program] of Object.entries({ interceptor, committer })) {
      const admin = /"admin":(?:"[^"]*:)?(\d+)|admin\D*(\d+)/.exec(program.stderr);
      const metrics = await fetch(`http://127.0.0.1:${admin?.[1] ?? admin?.[2]}/metrics`).then((answer) =>
        answer.text(),
      );
      expect(metrics).toContain('dvr_');
      told[`metrics of ${name}`] = Buffer.from(metrics);
      told[`output of ${name}`] = Buffer.from(program.stdout + program.stderr);
    }
  }

  async function cli(...args: string[]): Promise<void> {
    const { code, stdout, stderr } = await run(environment, 'dvr-cli', ...args);
    expect(code, stderr).toBe(0);
    told[`output of dvr-cli ${args.join(' ')}`] = Buffer.from(stdout + stderr);
  }

  test('the search finds them in the traffic itself', () => {
    const { bearer, email, card, ...others } = canaries;
    const raw = Buffer.from(`${bearer} ${encodeURIComponent(email)} ${JSON.stringify(others)}`);
    expect(
      found({ traffic: Buffer.concat([Buffer.from('x'), gzipSync(Buffer.concat([raw, gzipSync(card)]))]) }),
    ).toHaveLength(7);
  });

  test('none is found in Redis, before the commit or after', () => {
    expect(redisHeld.every((held) => Object.keys(held).some((key) => key.includes('segments')))).toBe(true);
    expect(redisHeld.flatMap(found)).toEqual([]);
  });

  test('none is found in the vault', async () => {
    const objects = await inS3(s3);
    expect(Object.keys(objects).some((key) => key.endsWith('bodies.zst'))).toBe(true);
    expect(found(objects)).toEqual([]);
  });

  test('none is found in what the programs print, in metrics, or in any file that they leave', {
    timeout: 120_000,
  }, async () => {
    await cli('fetch', tape, '--vault', s3.url);
    await cli('tapes', '--vault', s3.url);
    await cli('show', tape);
    for (const payload of ['1', '2', '3', '4', '5']) {
      await cli('show', tape, '--payload', payload);
      await cli('show', tape, '--payload', payload, '--json');
    }
    expect(found(told)).toEqual([]);
    expect(found(await filesIn(folder))).toEqual([]);
  });

  test('the tape tells of hits of every detector', () => {
    const shown = told[`output of dvr-cli show ${tape}`]!.toString();
    for (const kind of Object.keys(canaries)) expect(shown).toMatch(new RegExp(`${kind}: [1-9]`));
  });
});
