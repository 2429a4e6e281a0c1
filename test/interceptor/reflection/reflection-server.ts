import * as grpc from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { setOf } from '../../wire/protobuf/messages.ts';

/** The protocol of server reflection, as far as it is needed here. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request {
    string host = 1;
    oneof ask { string file_by_filename = 3; string file_containing_symbol = 4; string list_services = 7; }
  }
  message Response {
    Files file_descriptor_response = 4;
    Services list_services_response = 6;
    Problem error_response = 7;
  }
  message Files { repeated bytes file_descriptor_proto = 1; }
  message Services { repeated Service service = 1; }
  message Service { string name = 1; }
  message Problem { int32 error_code = 1; string error_message = 2; }
  message Set { repeated bytes file = 1; }
  message File { string name = 1; repeated string dependency = 3; }
`);
const [Request, Response, FileSet, File] = ['Request', 'Response', 'Set', 'File'].map((name) =>
  root.lookupType(name),
);

export interface Described {
  /** Each file's name, what it needs, and its bytes. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly services: ReadonlyMap<string, string>;
}

/** A file's bytes with another name and what it imports, as a compiler writes them. */
function renamed(bytes: Uint8Array, name: string, needs: readonly string[]): Uint8Array {
  // Of fields that come twice the last one counts.
  const head = File!.encode(File!.fromObject({ name, dependency: needs })).finish();
  return Buffer.concat([bytes, head]);
}

/** The files that protobufjs makes of a source: the only one is called `name` and needs `needs`. */
export function fileOf(source: string, name: string, needs: readonly string[] = []): Uint8Array {
  const parsed = protobuf.parse(source).root;
  parsed.resolveAll();
  const files = FileSet!.toObject(FileSet!.decode(setOf(parsed)), { arrays: true }).file as Uint8Array[];
  return renamed(files.at(-1)!, name, needs);
}

export interface ReflectionServer extends AsyncDisposable {
  readonly port: number;
  /** What it was asked. */
  readonly asked: string[];
}

/** Has a gRPC server tell what it describes, by that version of the protocol. Returns what it was asked. */
export function addReflection(
  server: grpc.Server,
  { files, services }: Described,
  version: 'v1' | 'v1alpha' = 'v1',
): string[] {
  const asked: string[] = [];
  const serialize = (value: object) => Buffer.from(Response!.encode(Response!.fromObject(value)).finish());
  const method = {
    path: `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    requestStream: true,
    responseStream: true,
    requestDeserialize: (bytes: Buffer) => Request!.toObject(Request!.decode(bytes)),
    responseSerialize: serialize,
    requestSerialize: serialize,
    responseDeserialize: (bytes: Buffer) => bytes,
  };
  const answer = (request: Record<string, string>): object => {
    const [[kind = '', value = ''] = []] = Object.entries(request);
    asked.push(`${kind} ${value}`);
    if (kind === 'listServices') {
      return { listServicesResponse: { service: [...services.keys()].map((name) => ({ name })) } };
    }
    const file = files.get(kind === 'fileByFilename' ? value : (services.get(value) ?? ''));
    return file === undefined
      ? { errorResponse: { errorCode: 5, errorMessage: 'not found' } }
      : { fileDescriptorResponse: { fileDescriptorProto: [file] } };
  };
  server.addService({ ServerReflectionInfo: method } as unknown as grpc.ServiceDefinition, {
    ServerReflectionInfo: (call: grpc.ServerDuplexStream<Record<string, string>, object>) => {
      call.on('data', (request) => call.write(answer(request)));
      call.on('end', () => call.end());
    },
  });
  return asked;
}

/** A gRPC server that does nothing else. */
export async function reflectionServer(
  described: Described,
  version: 'v1' | 'v1alpha' | 'none' = 'v1',
): Promise<ReflectionServer> {
  const server = new grpc.Server();
  const asked = version === 'none' ? [] : addReflection(server, described, version);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    asked,
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}
