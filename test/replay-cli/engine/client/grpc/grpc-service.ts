import {
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import type { TargetAddress } from '../../../../../program/address.ts';
import { targetAt } from '../../service-under-test.ts';

const same = (bytes: Buffer): Buffer => bytes;

/** A call as a server of grpc-js saw it. Times are milliseconds since its head. */
export interface SeenCall {
  readonly call: ServerDuplexStream<Buffer, Buffer>;
  readonly path: string;
  /** The connection it came on. */
  readonly peer: string;
  readonly metadata: Metadata;
  readonly messages: { readonly at: number; readonly text: string }[];
  endedAt: number | undefined;
  cancelledAt: number | undefined;
}

export interface GrpcService extends AsyncDisposable {
  readonly target: TargetAddress;
  readonly calls: SeenCall[];
}

/** What a service does with a call. */
export type Answer = (seen: SeenCall) => void;

/** A service of grpc-js whose methods all stream both ways, with bytes for messages. */
export async function serveGrpc(methods: Readonly<Record<string, Answer>>): Promise<GrpcService> {
  const calls: SeenCall[] = [];
  const server = new Server();
  const definition: Record<string, MethodDefinition<Buffer, Buffer>> = {};
  const handlers: Record<string, (call: ServerDuplexStream<Buffer, Buffer>) => void> = {};
  for (const [path, answer] of Object.entries(methods)) {
    definition[path] = {
      path,
      requestStream: true,
      responseStream: true,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    };
    handlers[path] = (call) => {
      const began = performance.now();
      const seen: SeenCall = {
        call,
        path,
        peer: call.getPeer(),
        metadata: call.metadata,
        messages: [],
        endedAt: undefined,
        cancelledAt: undefined,
      };
      calls.push(seen);
      const now = () => performance.now() - began;
      call.on('data', (message: Buffer) => seen.messages.push({ at: now(), text: message.toString() }));
      call.on('end', () => {
        seen.endedAt = now();
      });
      call.on('cancelled', () => {
        seen.cancelledAt = now();
      });
      call.on('error', () => {});
      answer(seen);
    };
  }
  server.addService(definition as ServiceDefinition, handlers);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return { target: targetAt(port), calls, [Symbol.asyncDispose]: async () => server.forceShutdown() };
}

/** Ends a call with a status that is no success. */
export function fail(
  { call }: SeenCall,
  code: number,
  details: string,
  trailers: Readonly<Record<string, string>> = {},
): void {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value);
  call.emit('error', { code, details, metadata });
}
