import { createHash, type Hash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { AbortMultipartUploadCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { PartEntry } from '../../tape/manifest.ts';
import type { PartSink } from '../../tape/parts.ts';
import type { Place } from './client.ts';
import { s3Fault } from './fault.ts';

/** At most three pieces of this size are in memory: two on their way, one that fills. 10,000 of them make 78 GiB. */
const pieceBytes = 8 * 1024 * 1024;
const piecesAtOnce = 2;

/**
 * A part on its way into a bucket: one PUT where it is small, else a multipart upload. It is visible only once `close`
 * has ended; what was uploaded of an aborted one is removed.
 */
export class S3PartSink implements PartSink {
  readonly #path: string;
  readonly #name: string;
  readonly #stream = new PassThrough({ highWaterMark: 1024 * 1024 });
  readonly #uploaded: Promise<unknown>;
  readonly #digest: Hash = createHash('sha256');
  readonly #requests = new AbortController();
  #failure: unknown;
  #stopWaiting: (reason: unknown) => void = () => undefined;
  #bytes = 0;

  constructor(client: S3Client, place: Place, path: string, key: string, signal: AbortSignal | undefined) {
    this.#path = path;
    this.#name = place.describe(key);
    const upload = new Upload({
      client: abortable(client, this.#requests.signal),
      params: { ...place.object(key), Body: this.#stream },
      partSize: pieceBytes,
      queueSize: piecesAtOnce,
    });
    const abort = (): void => this.#end(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    this.#uploaded = upload.done().finally(() => signal?.removeEventListener('abort', abort));
    // Seen at once, so that a write that waits for room ends; told by write and close.
    this.#uploaded.catch((error: unknown) => this.#end(error));
    if (signal?.aborted) abort();
  }

  async write(chunk: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#told(this.#failure));
      // A stream that is destroyed while a chunk waits in it never calls back.
      this.#stopWaiting = (reason) => reject(this.#told(reason));
      // The callback comes when the chunk has room behind the stream, not before.
      this.#stream.write(chunk, (error) => (error ? reject(this.#told(error)) : resolve()));
    });
    this.#digest.update(chunk);
    this.#bytes += chunk.length;
  }

  async close(): Promise<PartEntry> {
    this.#stream.end();
    try {
      await this.#uploaded;
    } catch (error) {
      throw this.#told(error);
    }
    return { path: this.#path, bytes: this.#bytes, sha256: this.#digest.digest('hex') };
  }

  async abort(): Promise<void> {
    this.#end(new Error('the part was thrown away'));
    await this.#uploaded.catch(() => undefined);
  }

  #end(reason: unknown): void {
    this.#failure ??= reason;
    this.#requests.abort();
    this.#stream.destroy(reason instanceof Error ? reason : new Error('aborted'));
    this.#stopWaiting(reason);
  }

  #told(error: unknown): Error {
    return s3Fault('write', this.#name, this.#failure ?? error);
  }
}

/**
 * The client with a signal for every request of one upload but the one that cleans up. The upload's own `abort` lets
 * requests that are under way go on (lib-storage 3.1169, 2026-11-21), and a server may never answer them.
 */
function abortable(client: S3Client, abortSignal: AbortSignal): S3Client {
  return Object.create(client, {
    send: {
      value: (command: Parameters<S3Client['send']>[0]) =>
        command instanceof AbortMultipartUploadCommand
          ? client.send(command)
          : client.send(command, { abortSignal }),
    },
  });
}
