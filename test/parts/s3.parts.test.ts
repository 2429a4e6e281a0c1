import { randomUUID } from 'node:crypto';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { needs } from './needs.ts';
import { clientSettings, startS3, useBucket } from './s3.ts';

describe('an S3 server of a test', needs('s3-server'), () => {
  it('keeps objects across a stop, and refuses to overwrite on request', async () => {
    await using server = await startS3();
    const client = new S3Client({ ...server.client, maxAttempts: 1 });
    const object = { Bucket: server.bucket, Key: 'a/b' };
    await client.send(new PutObjectCommand({ ...object, Body: 'first', IfNoneMatch: '*' }));
    await server.stop();
    await expect(client.send(new GetObjectCommand(object))).rejects.toThrow();
    await server.start();
    const got = await client.send(new GetObjectCommand(object));
    expect(await got.Body?.transformToString()).toBe('first');
    const again = client.send(new PutObjectCommand({ ...object, Body: 'second', IfNoneMatch: '*' }));
    await expect(again).rejects.toMatchObject({ name: 'PreconditionFailed' });
    client.destroy();
  });
});

describe('whatever bucket there is', needs('s3'), () => {
  it('takes an object of a test', async () => {
    await using bucket = await useBucket();
    const client = new S3Client(clientSettings(bucket));
    const object = { Bucket: bucket.bucket, Key: `dvr-test/${randomUUID()}` };
    await client.send(new PutObjectCommand({ ...object, Body: 'body' }));
    const got = await client.send(new GetObjectCommand(object));
    expect(await got.Body?.transformToString()).toBe('body');
    await client.send(new DeleteObjectCommand(object));
    client.destroy();
  });
});
