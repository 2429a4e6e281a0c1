import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { needs } from './needs.ts';
import { startS3 } from './s3.ts';

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
