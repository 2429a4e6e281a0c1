import type { Server, ServerDuplexStream } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import 'protobufjs/ext/descriptor/index.js';

/** As much of server reflection as tells what a service of one file is like. */
const protocol = protobuf.parse(`
  syntax = "proto3";
  message Question {
    oneof ask { string file_by_filename = 3; string file_containing_symbol = 4; string list_services = 7; }
  }
  message Answer { Files file_descriptor_response = 4; Services list_services_response = 6; }
  message Files { repeated bytes file_descriptor_proto = 1; }
  message Services { repeated Service service = 1; }
  message Service { string name = 1; }
  message Set { repeated bytes file = 1; }
`).root;

type Fields = Readonly<Record<string, unknown>>;

/** Lets clients ask a server for the schema of its messages (gRPC, "Server Reflection Protocol"). */
export function addReflection(server: Server, services: readonly string[], root: protobuf.Root): void {
  const [question, answer] = ['Question', 'Answer'].map((name) => protocol.lookupType(name));
  if (question === undefined || answer === undefined) throw new Error('the protocol is not whole');
  const serialize = (fields: Fields): Buffer =>
    Buffer.from(answer.encode(answer.fromObject(fields)).finish());
  const deserialize = (bytes: Buffer): Fields => question.toObject(question.decode(bytes));
  const method = {
    path: '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    requestStream: true,
    responseStream: true,
    requestSerialize: serialize,
    requestDeserialize: deserialize,
    responseSerialize: serialize,
    responseDeserialize: deserialize,
  };
  const files = { fileDescriptorResponse: { fileDescriptorProto: filesOf(root) } };
  const list = { listServicesResponse: { service: services.map((name) => ({ name })) } };
  server.addService(
    { ServerReflectionInfo: method },
    {
      ServerReflectionInfo: (call: ServerDuplexStream<Fields, Fields>) => {
        call.on('data', (asked: Fields) => call.write(asked.listServices === undefined ? files : list));
        call.on('end', () => call.end());
      },
    },
  );
}

/** Each file of the root as a serialized `FileDescriptorProto`. */
function filesOf(root: protobuf.Root): unknown {
  if (!('toDescriptor' in root) || typeof root.toDescriptor !== 'function') throw new Error('no descriptors');
  const set: protobuf.Message = root.toDescriptor('proto3');
  const bytes = set.$type.encode(set).finish();
  return protocol.lookupType('Set').toObject(protocol.lookupType('Set').decode(bytes)).file;
}
