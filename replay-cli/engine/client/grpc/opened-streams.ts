import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { ClientHttp2Stream } from 'node:http2';

type OnStream = (stream: ClientHttp2Stream) => void;

const waiting = new AsyncLocalStorage<OnStream>();

/**
 * Runs `start`, and calls `onStream` with the stream of node:http2 that is opened by it or by what follows from it.
 *
 * A library over node:http2 tells less of a response than came: grpc-js hides head fields, their order, and the code of
 * a reset. The stream itself has all of it, and Node tells of each that is opened (`diagnostics_channel`, "HTTP/2").
 */
export function withOpenedStream<T>(onStream: OnStream, start: () => T): T {
  return waiting.run(onStream, start);
}

subscribe('http2.client.stream.created', (message) => {
  const onStream = waiting.getStore();
  if (onStream === undefined || !isCreated(message)) return;
  onStream(message.stream);
});

function isCreated(message: unknown): message is { readonly stream: ClientHttp2Stream } {
  return typeof message === 'object' && message !== null && 'stream' in message;
}
