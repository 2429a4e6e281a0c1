import { setTimeout as wait } from 'node:timers/promises';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { S3Endpoint } from '../../program/endpoint.ts';
import type { PartSink } from '../../tape/parts.ts';
import type { TapeId } from '../../tape/tape-id.ts';
import { encodeName, manifestName, nameKey, partKey } from '../layout.ts';
import type { VaultWriter } from '../port.ts';
import { Place, s3Client } from './client.ts';
import { s3Fault, statusOf } from './fault.ts';
import { S3PartSink } from './part-sink.ts';

/** How often a manifest is tried while another write of the same key is under way, and the wait between, ms. */
const conflictAttempts = 5;
const conflictWait = 200;

/**
 * A vault in a bucket, as a committer sees it. It puts objects and does nothing else: `s3:PutObject` and
 * `s3:AbortMultipartUpload` are all the rights that it needs.
 */
export class S3VaultWriter implements VaultWriter {
  readonly #client: S3Client;
  readonly #place: Place;

  constructor(endpoint: S3Endpoint) {
    this.#client = s3Client(endpoint);
    this.#place = new Place(endpoint);
  }

  async check(): Promise<void> {
    const { config } = this.#client;
    try {
      await config.region();
      await config.credentials();
    } catch (error) {
      throw s3Fault('write', this.#place.describe(''), error);
    }
  }

  async openPart(namespace: string, id: TapeId, path: string, signal?: AbortSignal): Promise<PartSink> {
    return new S3PartSink(this.#client, this.#place, path, partKey(namespace, id, path), signal);
  }

  async nameTape(namespace: string, id: TapeId, signal?: AbortSignal): Promise<void> {
    partKey(namespace, id, manifestName);
    const key = nameKey(id);
    try {
      await this.#client.send(
        new PutObjectCommand({ ...this.#place.object(key), Body: encodeName(namespace) }),
        abortedBy(signal),
      );
    } catch (error) {
      throw s3Fault('write', this.#place.describe(key), error);
    }
  }

  async publish(
    namespace: string,
    id: TapeId,
    manifest: Uint8Array,
    signal?: AbortSignal,
  ): Promise<'published' | 'already_there'> {
    const key = partKey(namespace, id, manifestName);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#client.send(
          new PutObjectCommand({ ...this.#place.object(key), Body: manifest, IfNoneMatch: '*' }),
          abortedBy(signal),
        );
        return 'published';
      } catch (error) {
        if (statusOf(error) === 412) return 'already_there';
        // 409 says that another write decides just now (S3 user guide, "conditional writes").
        if (statusOf(error) !== 409 || attempt === conflictAttempts) {
          throw s3Fault('write', this.#place.describe(key), error);
        }
        await wait(conflictWait);
      }
    }
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }
}

function abortedBy(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
