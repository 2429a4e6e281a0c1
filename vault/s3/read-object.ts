import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Place } from './client.ts';
import { s3Fault, statusOf } from './fault.ts';

/** How often one object's body may break off before it is given up. */
const breaks = 5;

/**
 * Reads an object from its beginning. A body that breaks off is taken up where it ended, as long as the object is still
 * the same. Rejects with what the SDK throws; the body itself throws `DvrError`s.
 */
export async function readObject(
  client: S3Client,
  place: Place,
  key: string,
): Promise<AsyncIterable<Uint8Array>> {
  const first = await begin(client, place, key);
  return resuming(client, place, key, first);
}

interface Begun {
  readonly body: AsyncIterable<Uint8Array>;
  readonly etag: string | undefined;
}

async function* resuming(
  client: S3Client,
  place: Place,
  key: string,
  first: Begun,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let broken = 0; ; broken++) {
    try {
      const { body } = broken === 0 ? first : await begin(client, place, key, at, first.etag);
      for await (const chunk of body) {
        yield chunk;
        at += chunk.length;
      }
      return;
    } catch (error) {
      // An answer with a status is the server's last word; the SDK has tried again already.
      if (broken === breaks || statusOf(error) !== 0) throw s3Fault('read', place.describe(key), error);
    }
  }
}

async function begin(client: S3Client, place: Place, key: string, from = 0, etag?: string): Promise<Begun> {
  const { Body, ETag } = await client.send(
    new GetObjectCommand({
      ...place.object(key),
      ...(from === 0 ? {} : { Range: `bytes=${from}-` }),
      ...(etag === undefined ? {} : { IfMatch: etag }),
    }),
  );
  if (Body === undefined || !(Symbol.asyncIterator in Body)) throw new Error('an object came without a body');
  return { body: Body, etag: ETag };
}
