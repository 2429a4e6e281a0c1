import type { ClientHttp2Stream } from 'node:http2';
import type { HeaderField, ResponseHead } from '../../../../tape/exchange.ts';
import type { Outcome } from '../../port.ts';
import { CollectedBody } from '../collected-body.ts';
import type { ConnectionFailure } from '../failures.ts';
import type { StreamDelivery } from '../stream/stream-delivery.ts';
import { sessionFailure } from './http2-connection.ts';
import { fieldsOf, responseHead } from './raw-head.ts';

type Failure = Extract<Outcome, { kind: 'failure' }>;

/**
 * Tells a delivery what comes over a stream of node:http2, whoever opened that. `lostConnection`: what ended the
 * connection of the stream, where something did.
 */
export function connectResponse(
  stream: ClientHttp2Stream,
  delivery: StreamDelivery,
  lostConnection: () => ConnectionFailure | undefined,
): void {
  const body = new CollectedBody();
  let head: ResponseHead | undefined;
  let trailers: readonly HeaderField[] = [];
  let lost: ConnectionFailure | undefined;
  stream.on('headers', (_head, _flags, raw: string[]) => {
    if (responseHead(raw).status === 100) delivery.onContinue(performance.now());
  });
  stream.on('response', (_head, _flags, raw: string[]) => {
    head = responseHead(raw);
    delivery.onHead(head, performance.now());
  });
  stream.on('data', (chunk: Buffer) => {
    body.add(chunk, performance.now());
    delivery.onData(chunk);
  });
  stream.on('trailers', (_trailers, _flags, raw: string[]) => {
    trailers = fieldsOf(raw);
  });
  stream.on('end', () => {
    if (head === undefined) return;
    const { dropped, arrivals } = body;
    delivery.onEnd({ kind: 'response', head, body: body.bytes(), bodyDropped: dropped, trailers, arrivals });
  });
  // The session tells its own error only after its streams have closed.
  stream.on('error', (error) => {
    lost ??= sessionFailure(error);
  });
  stream.on('close', () => {
    const cause = lostConnection() ?? lost;
    const failure = cause === undefined ? resetBy(stream) : { failure: cause };
    delivery.onClose({ kind: 'failure', ...failure, ...(head === undefined ? {} : { head }) });
  });
}

function resetBy({ rstCode }: ClientHttp2Stream): Pick<Failure, 'failure' | 'rst'> {
  return rstCode === undefined || rstCode === 0 ? { failure: 'closed' } : { failure: 'rst', rst: rstCode };
}
