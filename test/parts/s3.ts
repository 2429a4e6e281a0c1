import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BucketAlreadyExists,
  BucketAlreadyOwnedByYou,
  CreateBucketCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { findPart, type Program } from './find.ts';
import { accepts, freePort, Server } from './server.ts';

const accessKeyId = 'test-access';
const secretAccessKey = 'test-secret';

/** What a test needs to reach a bucket. */
export interface Bucket {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** `s3://BUCKET?endpoint=…&region=…`, as the programs take it. */
  readonly url: string;
  /** The credentials, as the programs take them. */
  readonly environment: Readonly<Record<'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY', string>>;
}

/** An S3 server of a test's own with one empty bucket. It keeps port and objects when stopped and started. */
export class S3Server extends Server implements Bucket {
  readonly endpoint: string;
  readonly region = 'us-east-1';
  readonly bucket = 'dvr-tests';
  readonly environment = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };

  constructor(program: Program, folder: string, port: number) {
    super({
      program,
      folder,
      args: [
        ...['--port', `127.0.0.1:${port}`, '--iam-dir', join(folder, 'iam'), '--quiet', '--keep-alive'],
        ...['posix', '--sidecar', join(folder, 'metadata'), join(folder, 'data')],
      ],
      environment: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
      ready: () => accepts(port),
    });
    this.endpoint = `http://127.0.0.1:${port}`;
  }

  get url(): string {
    return `s3://${this.bucket}?endpoint=${this.endpoint}&region=${this.region}`;
  }

  /** Settings of an S3 client of the AWS SDK. */
  get client(): S3ClientConfig {
    return clientSettings(this);
  }
}

/** Starts an S3 server with an empty bucket; for tests under `needs('s3-server')`. */
export async function startS3(): Promise<S3Server> {
  const found = findPart('s3-server');
  if (found.kind !== 'program') throw new Error('versitygw was not found: put the test under needs()');
  const folder = await mkdtemp(join(tmpdir(), 'dvr-s3-'));
  for (const part of ['iam', 'data', 'metadata']) await mkdir(join(folder, part));
  const server = new S3Server(found.program, folder, await freePort());
  await server.start();
  await makeBucket(server);
  return server;
}

/** A bucket for tests under `needs('s3')`. It may be shared: use prefixes of your own. */
export async function useBucket(): Promise<Bucket & AsyncDisposable> {
  const found = findPart('s3');
  if (found.kind !== 'url') return startS3();
  const url = new URL(found.url);
  const shared = {
    url: found.url,
    bucket: url.hostname,
    endpoint: url.searchParams.get('endpoint') ?? '',
    region: url.searchParams.get('region') ?? 'us-east-1',
    environment: {
      AWS_ACCESS_KEY_ID: process.env.AWS_ACCESS_KEY_ID ?? '',
      AWS_SECRET_ACCESS_KEY: process.env.AWS_SECRET_ACCESS_KEY ?? '',
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  await makeBucket(shared);
  return shared;
}

/** Settings of an S3 client of the AWS SDK. */
export function clientSettings({ endpoint, region, environment }: Bucket): S3ClientConfig {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  return { endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } };
}

async function makeBucket(bucket: Bucket): Promise<void> {
  const client = new S3Client(clientSettings(bucket));
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket.bucket }));
  } catch (error) {
    // Two tests may make a shared one at a time.
    if (!(error instanceof BucketAlreadyOwnedByYou || error instanceof BucketAlreadyExists)) throw error;
  } finally {
    client.destroy();
  }
}
