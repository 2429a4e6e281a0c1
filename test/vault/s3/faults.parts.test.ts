import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { ListMultipartUploadsCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseVaultUrl } from '../../../program/endpoint.ts';
import { partNames } from '../../../tape/manifest.ts';
import { parseTapeId } from '../../../tape/tape-id.ts';
import { openVaultReader, openVaultWriter } from '../../../vault/open-vault.ts';
import { findPart } from '../../parts/find.ts';
import { needs } from '../../parts/needs.ts';
import { type S3Server, startS3 } from '../../parts/s3.ts';

const run = promisify(execFile);
const id = parseTapeId('tape-id-7889A-crash')!;
const namespace = 'payment-services';
const part = 'attempt-1/bodies.zst';

describe('a vault in a bucket', needs('s3-server'), () => {
  let server: S3Server;
  beforeEach(async () => {
    server = await startS3();
    use(server.environment);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await server[Symbol.asyncDispose]();
  });

  const writer = (url = server.url) => openVaultWriter(parseVaultUrl(url, '--vault'));
  const reader = (url = server.url) => openVaultReader(parseVaultUrl(url, '--vault'));

  test('says of a server that is gone what it could not do, to what, and exits with 5', async () => {
    const vault = await reader();
    const writing = await writer();
    const sink = await writing.openPart(namespace, id, part);
    await server.stop();
    const where = `s3://dvr-tests/ids/${id}`;
    await expect(vault.locate(id)).rejects.toMatchObject({ code: 'vault-out-of-reach', exitCode: 5, where });
    await expect(sink.close()).rejects.toMatchObject({ code: 'vault-out-of-reach' });
    await sink.abort();
    await expect(writing.publish(namespace, id, Buffer.from('{}'))).rejects.toMatchObject({
      message: expect.stringContaining(`write s3://dvr-tests/${namespace}/${id}/manifest.json`),
    });
  });

  test('ends a write that waits for room when the server goes away', async () => {
    const vault = await writer();
    const sink = await vault.openPart(namespace, id, part);
    await sink.write(randomBytes(1 << 20));
    await server.kill();
    const writing = (async () => {
      for (let piece = 0; piece < 64; piece++) await sink.write(randomBytes(1 << 20));
    })();
    await expect(writing).rejects.toMatchObject({ code: 'vault-out-of-reach' });
    await sink.abort();
  });

  test('publishes when the server is back, by itself or when it is asked again', async () => {
    const vault = await writer();
    await server.stop();
    // How long it tries by itself is a matter of chance: its pauses are.
    const publishing = vi.waitFor(() => vault.publish(namespace, id, Buffer.from('{}')), { timeout: 20_000 });
    await server.start();
    expect(await publishing).toBe('published');
  });

  test('takes up a body where it broke off', async () => {
    const content = randomBytes(48 << 20);
    const vault = await writer();
    const sink = await vault.openPart(namespace, id, part);
    await sink.write(content);
    await sink.close();
    const chunks: Uint8Array[] = [];
    for await (const chunk of await (await reader()).read(namespace, id, part)) {
      if (chunks.length === 0) {
        await server.kill();
        await server.start();
      }
      chunks.push(chunk);
    }
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
  });

  test('tells wrong credentials and a missing bucket apart from an outage', async () => {
    const elsewhere = await reader(server.url.replace('dvr-tests', 'no-such-bucket'));
    await expect(elsewhere.locate(id)).rejects.toMatchObject({
      code: 'vault-out-of-reach',
      hint: expect.stringContaining('Make the bucket'),
    });
    use({ AWS_ACCESS_KEY_ID: 'someone', AWS_SECRET_ACCESS_KEY: 'else' });
    const refused = await reader();
    await expect(refused.locate(id)).rejects.toMatchObject({ code: 'not-allowed', exitCode: 4 });
    await expect((await writer()).nameTape(namespace, id)).rejects.toMatchObject({ code: 'not-allowed' });
    const listing = refused.list();
    await expect(listing[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'not-allowed' });
  });

  test('leaves no multipart upload behind when a part is thrown away', async () => {
    const vault = await writer();
    const sink = await vault.openPart(namespace, id, part);
    await sink.write(randomBytes(20 << 20));
    await sink.abort();
    const client = new S3Client(server.client);
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: server.bucket }));
    expect(Uploads ?? []).toEqual([]);
  });

  test('is written by one who may put and do nothing else', async () => {
    const program = findPart('s3-server');
    if (program.kind !== 'program') throw new Error(`no server: ${program.kind}`);
    const { AWS_ACCESS_KEY_ID: access, AWS_SECRET_ACCESS_KEY: secret } = server.environment;
    const admin = ['admin', '--access', access, '--secret', secret, '--endpoint-url', server.endpoint];
    const user = ['create-user', '--access', 'committer', '--secret', 'put-only', '--role', 'user'];
    await run(program.program.path, [...admin, ...user]);
    const client = new S3Client(server.client);
    await client.send(
      new PutBucketPolicyCommand({ Bucket: server.bucket, Policy: JSON.stringify(putOnly(server.bucket)) }),
    );
    use({ AWS_ACCESS_KEY_ID: 'committer', AWS_SECRET_ACCESS_KEY: 'put-only' });
    const vault = await writer();
    for (const [name, bytes] of [
      [partNames.index, 10],
      [partNames.bodies, 20 << 20],
    ] as const) {
      const sink = await vault.openPart(namespace, id, `attempt-1/${name}`);
      await sink.write(randomBytes(bytes));
      expect((await sink.close()).bytes).toBe(bytes);
    }
    await vault.nameTape(namespace, id);
    expect(await vault.publish(namespace, id, Buffer.from('{}'))).toBe('published');
    expect(await vault.publish(namespace, id, Buffer.from('{}'))).toBe('already_there');
    await expect((await reader()).locate(id)).rejects.toMatchObject({ code: 'not-allowed' });
  });
});

/** Credentials as the SDK's chain finds them. */
function use(environment: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(environment)) vi.stubEnv(name, text);
}

function putOnly(bucket: string): object {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: ['committer'] },
        Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
        Resource: [`arn:aws:s3:::${bucket}/*`],
      },
    ],
  };
}
