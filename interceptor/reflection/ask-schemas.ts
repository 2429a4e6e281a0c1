import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  IncomingHttpHeaders,
  IncomingHttpStatusHeader,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { prefixLength } from '../../wire/grpc/message-scanner.ts';
import { writeFrame } from '../../wire/grpc/messages.ts';
import { ReflectionDialogue, reflectionPaths } from '../../wire/grpc/reflection.ts';

/** What a service told of its messages. */
export interface ToldSchemas {
  /** A `google.protobuf.FileDescriptorSet`. */
  readonly set: Uint8Array;
  /** There was more than the limit. */
  readonly truncated: boolean;
}

/** Bytes of a set, and of one answer. */
export const schemaLimit = 1024 * 1024;
const deadlineMs = 10_000;

/** Why a service did not tell; `message` holds nothing that came from it. */
export class ReflectionFailure extends Error {
  override readonly name = 'ReflectionFailure';
}

/**
 * Asks a service for the schemas of its messages by gRPC server reflection, over a connection of its own, which is closed
 * behind it. Throws `ReflectionFailure` where the service has no reflection, breaks off, takes over ten seconds, or
 * `signal` is aborted.
 *
 * It speaks over node:http2 and not by a gRPC library: that would need a process of its own, of 64 MB of resident memory
 * at a moment when traffic flows, and a container at its limit is killed. This takes 10 MB (Node 24.21, 2026-11-21).
 */
export async function askSchemas(
  connection: Duplex,
  authority: string,
  signal: AbortSignal,
): Promise<ToldSchemas> {
  const { connect } = await import('node:http2');
  // The name is not looked up: the connection is there.
  const session = connect('http://service', {
    createConnection: () => connection,
    settings: { enablePush: false, maxHeaderListSize: 16_384 },
  });
  const giveUp = (): void => session.destroy(new Error('given up'));
  const late = setTimeout(giveUp, deadlineMs);
  signal.addEventListener('abort', giveUp, { once: true });
  const broken = new Promise<never>((_, reject) => {
    session.once('error', () => reject(new ReflectionFailure('the connection broke')));
    session.once('close', () => reject(new ReflectionFailure('the connection was closed, or took too long')));
  });
  // Whoever comes late is not waited for.
  broken.catch(() => {});
  // It may have been aborted while the module was loaded.
  if (signal.aborted) giveUp();
  try {
    for (const path of reflectionPaths) {
      if (session.destroyed) throw new ReflectionFailure('the connection was closed');
      const told = await Promise.race([talk(session, path, authority), broken]);
      if (told !== 'unimplemented') return told;
    }
    throw new ReflectionFailure('the service has no reflection');
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', giveUp);
    session.destroy();
    connection.destroy();
  }
}

/** One stream of questions and answers. */
function talk(
  session: ClientHttp2Session,
  path: string,
  authority: string,
): Promise<ToldSchemas | 'unimplemented'> {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    ':authority': authority,
    'content-type': 'application/grpc',
    'user-agent': 'dvr-interceptor',
    te: 'trailers',
  });
  const dialogue = new ReflectionDialogue(schemaLimit);
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new ReflectionFailure(why));
    let [told, status] = [false, ''];
    const note = (headers: IncomingHttpHeaders & IncomingHttpStatusHeader) => {
      status = String(headers['grpc-status'] ?? status);
      if (headers[':status'] === 404) status = unimplemented;
    };
    stream.on('response', note).on('trailers', note);
    stream.on('error', () => fail('the service broke the stream off'));
    stream.on('close', () => {
      if (status === unimplemented) resolve('unimplemented');
      else if (!told) fail(status === '' ? 'the service broke the stream off' : 'the service refused');
    });
    const onAnswer = (message: Uint8Array): void => {
      if (!dialogue.take(message)) {
        fail('the service did not list its services');
        return;
      }
      const next = dialogue.next();
      if (next !== undefined) {
        stream.write(writeFrame(0, next));
        return;
      }
      told = true;
      stream.end();
      if (dialogue.files === 0) fail('the service has no services');
      else resolve({ set: dialogue.set(), truncated: dialogue.truncated });
    };
    readAnswers(stream, onAnswer, () => fail('an answer was over 1 MiB, or compressed'));
    const first = dialogue.next();
    if (first !== undefined) stream.write(writeFrame(0, first));
  });
}

const unimplemented = '12';

/** Calls `onAnswer` with each whole message. */
function readAnswers(
  stream: ClientHttp2Stream,
  onAnswer: (message: Uint8Array) => void,
  onUnreadable: () => void,
): void {
  let held: Buffer = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (held.length >= prefixLength) {
      const size = held.readUInt32BE(1);
      if (held[0] !== 0 || size > schemaLimit) {
        stream.destroy();
        onUnreadable();
        return;
      }
      if (held.length < prefixLength + size) return;
      const message = held.subarray(prefixLength, prefixLength + size);
      held = held.subarray(prefixLength + size);
      onAnswer(message);
    }
  });
}
