import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type { S3Endpoint } from '../../program/endpoint.ts';
import { parseTapeId, type TapeId } from '../../tape/tape-id.ts';
import { isNamespace, manifestName, nameKey, parseName, partKey } from '../layout.ts';
import { missingPart } from '../missing-part.ts';
import type { TapeListing, VaultReader } from '../port.ts';
import { Place, s3Client } from './client.ts';
import { isMissing, s3Fault } from './fault.ts';
import { readObject } from './read-object.ts';

/** A vault in a bucket, as a developer sees it: `s3:GetObject`, and for `list` also `s3:ListBucket`. */
export class S3VaultReader implements VaultReader {
  readonly #client: S3Client;
  readonly #place: Place;

  constructor(endpoint: S3Endpoint) {
    this.#client = s3Client(endpoint);
    this.#place = new Place(endpoint);
  }

  async *list(namespace?: string): AsyncGenerator<TapeListing> {
    const within = namespace === undefined ? '' : `${namespace}/`;
    const { Bucket, Key: Prefix } = this.#place.object(within);
    const found: TapeListing[] = [];
    try {
      for await (const page of paginateListObjectsV2({ client: this.#client }, { Bucket, Prefix })) {
        for (const { Key, LastModified } of page.Contents ?? []) {
          const listing = this.#listing(Key ?? '', LastModified);
          if (listing !== undefined) found.push(listing);
        }
      }
    } catch (error) {
      throw s3Fault('list', this.#place.describe(within), error);
    }
    yield* found.sort((a, b) => b.writtenAt - a.writtenAt);
  }

  async locate(id: TapeId): Promise<string | undefined> {
    const key = nameKey(id);
    try {
      const { Body } = await this.#client.send(new GetObjectCommand(this.#place.object(key)));
      return parseName(id, (await Body?.transformToByteArray()) ?? new Uint8Array());
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw s3Fault('read', this.#place.describe(key), error);
    }
  }

  async read(namespace: string, id: TapeId, path: string): Promise<AsyncIterable<Uint8Array>> {
    const key = partKey(namespace, id, path);
    try {
      return await readObject(this.#client, this.#place, key);
    } catch (error) {
      if (isMissing(error)) throw missingPart(id, path);
      throw s3Fault('read', this.#place.describe(key), error);
    }
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  #listing(key: string, modified: Date | undefined): TapeListing | undefined {
    const [namespace = '', folder = '', name, ...deeper] = this.#place.relative(key).split('/');
    const id = parseTapeId(folder);
    if (id === undefined || name !== manifestName || deeper.length > 0 || !isNamespace(namespace)) return;
    return { namespace, id, writtenAt: modified?.getTime() ?? 0 };
  }
}
